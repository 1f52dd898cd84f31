"""What the embedded Postgres does with its write-ahead log: nothing more than it must, archive it, or recover from it.

An archive and a base back-up together give any moment since that back-up (`scripts/backup`). Segments are compressed:
one that is closed before it is full is mostly empty.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

SEGMENTS = "wal"
"""Of one server's place in an archive: where its segments lie, beside the base back-ups they continue."""
ARCHIVE_EVERY_S = 60
"""A segment that is not full is archived after this long: what a lost disk can cost at most."""
SUPERUSER_COPIES = "local replication all scram-sha-256\n"


@dataclass(frozen=True)
class KeepNothing:
    """The log serves recovery after a crash, and is then used again."""

    access_rules = ""

    def settings(self, _: Path) -> str:
        return "wal_level = minimal\nmax_wal_senders = 0\n"


@dataclass(frozen=True)
class Archive:
    """Every segment is kept, in `folder`, where each data folder has a folder of its own (`archive_of`)."""

    folder: Path
    access_rules = SUPERUSER_COPIES

    def settings(self, segments: Path) -> str:
        """`segments`: the folder for this server's, which belongs to the server's user."""
        return (
            f"wal_level = replica\nmax_wal_senders = 4\narchive_mode = on\narchive_timeout = '{ARCHIVE_EVERY_S}s'\n"
            f"archive_command = {_quoted(_keep(segments))}\n"
        )


@dataclass(frozen=True)
class Recover:
    """Replay archived segments on top of a base back-up: up to `until` (UTC, as Postgres writes it), None for all."""

    segments: Path
    until: str | None
    access_rules = ""

    def settings(self, _: Path) -> str:
        fetch = f"gunzip -c {_in_shell(self.segments)}/%f.gz > %p"
        lines = [
            "wal_level = replica",
            "max_wal_senders = 4",
            "hot_standby = off",
            f"restore_command = {_quoted(fetch)}",
            "recovery_target_action = promote",
        ]
        lines += [f"recovery_target_time = '{self.until}'"] if self.until else ["recovery_target_timeline = 'latest'"]
        return "\n".join(lines) + "\n"


WriteAheadLog = KeepNothing | Archive | Recover


def _keep(segments: Path) -> str:
    """Keep a segment under its name only when all of it is on disk; the same segment twice is no mistake.

    Another segment under a name that is taken is one: an archive belongs to one server.
    """
    kept = f"{_in_shell(segments)}/%f.gz"
    same = f"gunzip -c {kept} | cmp -s - %p"
    new = f"gzip -1 -c %p > {kept}.new && sync {kept}.new && mv {kept}.new {kept}"
    return f"if test -f {kept}; then {same}; else {new}; fi"


def _in_shell(path: Path) -> str:
    return shlex.quote(str(path)).replace("%", "%%")


def _quoted(value: str) -> str:
    """As postgresql.conf wants it."""
    return "'" + value.replace("'", "''") + "'"
