"""Make and configure the data folder of the embedded Postgres: SCRAM for everybody, one private socket, no
network.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.postgres_binaries import PostgresBinaries
from scripts.embedded.system_user import RunAs
from scripts.secrets_file import Secrets

SUPERUSER = "postgres"
OWNER_ROLE = "strowger_owner"
DATABASE = "strowger"
PORT = 5432
"""Only part of the socket's file name; nothing listens on the network."""

ACCESS_RULES = "local all all scram-sha-256\n"


def server_settings(socket_folder: Path, *, durable: bool) -> str:
    """Return postgresql.conf. `durable=False` is for tests only: a crash of the machine may lose data."""
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
wal_level = minimal
max_wal_senders = 0
wal_buffers = '16MB'
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

    def ensure(self, *, secrets: Secrets, socket_folder: Path, durable: bool) -> None:
        """Make the data folder if there is none (all or nothing), and write today's settings beside it."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700 if self.user.uid is None else 0o711)
        for name, content in {
            "postgresql.conf": server_settings(socket_folder, durable=durable),
            "pg_hba.conf": ACCESS_RULES,
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
        server, *where = self.server_command(path)
        quiet = ["-c", "log_min_messages=error", "-c", "exit_on_error=on"]
        script = "".join(f"{statement};\n\n" for statement in statements)
        command = [server, "--single", "-j", *where, *quiet, "template1"]
        _run(command, user=self.user, folder=path, what="create its database", stdin=script)


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
