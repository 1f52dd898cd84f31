"""Make and configure the data folder of the embedded Postgres: SCRAM for everybody, one private socket, no
network.
"""

import os
import secrets as randomness
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.postgres_binaries import PostgresBinaries
from scripts.embedded.system_user import RunAs, reachable
from scripts.embedded.write_ahead_log import SEGMENTS, Archive, WriteAheadLog
from scripts.secrets_file import Secrets

SUPERUSER = "postgres"
OWNER_ROLE = "strowger_owner"
DATABASE = "strowger"
PORT = 5432
"""Only part of the socket's file name; nothing listens on the network."""

ACCESS_RULES = "local all all scram-sha-256\n"


def server_settings(socket_folder: Path, *, durable: bool, log: str) -> str:
    """Return postgresql.conf. `log`: lines on the write-ahead log.

    `durable=False` is for tests only: a crash of the machine may lose data.
    """
    switch = "on" if durable else "off"
    return f"""\
listen_addresses = ''
port = {PORT}
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0700
max_connections = 200
password_encryption = 'scram-sha-256'

# An acknowledged call is on disk. Segments are reused, so a commit rarely waits for a new file.
fsync = {switch}
full_page_writes = {switch}
synchronous_commit = on
{log}wal_buffers = '16MB'
min_wal_size = '256MB'
# Bounds the replay after a crash to a few seconds.
max_wal_size = '512MB'
checkpoint_timeout = '5min'

shared_buffers = '128MB'
# Reads come from memory here; three I/O workers would only take memory.
io_method = 'sync'
# Statements are short; compiling them costs more than running them.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'

# Rows may hold personal data: neither DETAIL nor failing statements reach the log.
log_error_verbosity = terse
log_min_error_statement = panic
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
"""


@dataclass(frozen=True)
class DataFolder:
    """`home/data` belongs to the server's user; `home` and the settings in it to whoever runs the product.

    A root that writes into a folder of the server's user could be led astray by a link planted there.
    """

    home: Path
    user: RunAs
    binaries: PostgresBinaries

    @property
    def path(self) -> Path:
        return self.home / "data"

    def server_command(self, path: Path | None = None) -> list[str | Path]:
        settings, access = self.home / "postgresql.conf", self.home / "pg_hba.conf"
        files = ["-c", f"config_file={settings}", "-c", f"hba_file={access}"]
        return [self.binaries.server, "-D", path or self.path, *files]

    def ensure(self, *, secrets: Secrets, socket_folder: Path, durable: bool, log: WriteAheadLog) -> None:
        """Make the data folder if there is none (all or nothing), and write today's settings beside it."""
        segments = self._open_archive(log.folder) if isinstance(log, Archive) else self.home
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700 if self.user.uid is None else 0o711)
        for name, content in {
            "postgresql.conf": server_settings(socket_folder, durable=durable, log=log.settings(segments)),
            "pg_hba.conf": ACCESS_RULES + log.access_rules,
        }.items():
            (self.home / name).write_text(content)
            (self.home / name).chmod(0o644)
        if not self.path.exists():
            building = self.home / "data.new"
            shutil.rmtree(building, ignore_errors=True)  # an interrupted first start left it
            building.mkdir(mode=0o700)
            self.user.give(building)
            self._initdb(building, secrets.database_superuser_password, durable=durable)
            self._bootstrap(building, secrets.database_owner_password)
            building.rename(self.path)

    def archive_of(self, folder: Path) -> Path:
        """Return its place in an archive: by a name made at random for these data, so that no two servers share one."""
        name = self.home / "archive-name"
        if not self.path.exists() or not name.exists():
            name.write_text(f"{randomness.token_hex(4)}\n")
        return folder / name.read_text().strip()

    def _initdb(self, path: Path, password: str, *, durable: bool) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.home, prefix=".password-") as password_file:
            password_file.write(password)
            password_file.flush()
            self.user.give(Path(password_file.name))
            command: list[str | Path] = [self.binaries.initdb, "--pgdata", path, "--no-instructions"]
            command += ["--username", SUPERUSER, "--pwfile", password_file.name, "--auth", "scram-sha-256"]
            command += ["--encoding", "UTF8", "--locale", "C"]
            command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
            command += [] if durable else ["--no-sync"]
            _run(command, user=self.user, folder=path, what="prepare its data folder")

    def _bootstrap(self, path: Path, owner_password: str) -> None:
        """Create the owner and its database in single-user mode, before anybody can connect.

        The owner is no superuser: row-level security binds it. pgvector is not a trusted extension, so it
        goes into the template, where the migration's `CREATE EXTENSION IF NOT EXISTS` finds it.
        """
        statements = (
            "CREATE EXTENSION vector",
            f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEROLE CREATEDB PASSWORD '{owner_password}'",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
            "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
        )
        self._alone(path, statements, what="create its database")

    def _open_archive(self, folder: Path) -> Path:
        """Make the folder into which the server itself writes."""
        segments = self.archive_of(folder) / SEGMENTS
        if not segments.exists():
            for parent in (folder, segments.parent):
                parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            segments.mkdir(mode=0o700)
            self.user.give(segments)
        if self.user.uid is not None and not reachable(segments):
            raise EmbeddedError(
                f"Postgres runs as another user, to whom a folder above {folder} is closed: choose another folder with "
                "STROWGER_KEY_BACKUP_DIR."
            )
        return segments

    @property
    def recovering(self) -> Path:
        """Where archived segments lie while they are replayed: an archive may be closed to the server's user."""
        return self.home / "recovering"

    def adopt(self, base: Path, segments: list[Path]) -> None:
        """Take over a base back-up as the data folder, ready to be recovered with these archived segments."""
        self.home.chmod(0o700 if self.user.uid is None else 0o711)
        (self.home / "archive-name").unlink(missing_ok=True)
        building = self.home / "data.new"
        shutil.rmtree(building, ignore_errors=True)
        shutil.copytree(base, building, symlinks=True)
        (building / "recovery.signal").touch()
        building.chmod(0o700)
        shutil.rmtree(self.recovering, ignore_errors=True)
        self.recovering.mkdir(mode=0o700)
        for segment in segments:
            shutil.copy(segment, self.recovering)
        for path in (building, *building.rglob("*"), self.recovering, *self.recovering.iterdir()):
            self.user.give(path)
        building.rename(self.path)

    def set_passwords(self, secrets: Secrets) -> None:
        """Give the superuser and the owner today's passwords, whatever they had; no server runs."""
        statements = (
            f"ALTER ROLE {SUPERUSER} PASSWORD '{secrets.database_superuser_password}'",
            f"ALTER ROLE {OWNER_ROLE} PASSWORD '{secrets.database_owner_password}'",
        )
        self._alone(self.path, statements, what="set its passwords")

    def _alone(self, path: Path, statements: tuple[str, ...], *, what: str) -> None:
        """Run statements in single-user mode, where no password is asked."""
        server, *where = self.server_command(path)
        quiet = ["-c", "log_min_messages=error", "-c", "exit_on_error=on"]
        script = "".join(f"{statement};\n\n" for statement in statements)
        command = [server, "--single", "-j", *where, *quiet, "template1"]
        _run(command, user=self.user, folder=path, what=what, stdin=script)


def _run(command: list[str | Path], *, user: RunAs, folder: Path, what: str, stdin: str = "") -> None:
    result = subprocess.run(
        command,
        input=stdin,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=user.uid,
        group=user.gid,
        extra_groups=None if user.uid is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise EmbeddedError(f"The embedded Postgres could not {what}: {result.stderr.strip()[-500:]}")
