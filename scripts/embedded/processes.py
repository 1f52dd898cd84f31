"""Remember, recognise and stop exactly the processes that a run started.

A process id alone is not enough: after a reboot or a long night the same number may be somebody else's. A
record therefore keeps the start time too, and nothing is signalled unless both agree.
"""

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from scripts.embedded.places import private_folder, write_private

START_TIME_TOLERANCE_S = 2.0
"""The kernel counts start times from boot; a clock correction since then shifts them a little."""


@dataclass(frozen=True)
class ProcessRecord:
    """A process as it was when it was started."""

    name: str
    pid: int
    started_at_s: float
    """Seconds since the epoch."""

    @classmethod
    def of(cls, name: str, pid: int) -> "ProcessRecord":
        return cls(name, pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Return the live process that this record means, or None if it is gone."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at_s) <= START_TIME_TOLERANCE_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class ProcessBook:
    """The records of one state folder, one small file for each process."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "processes"

    def write(self, record: ProcessRecord) -> None:
        private_folder(self._folder)
        write_private(self._folder / f"{record.name}.json", json.dumps(asdict(record)))

    def read(self, name: str) -> ProcessRecord | None:
        try:
            return ProcessRecord(**json.loads((self._folder / f"{name}.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def all(self) -> list[ProcessRecord]:
        names = sorted(path.stem for path in self._folder.glob("*.json"))
        return [record for name in names if (record := self.read(name))]

    def forget(self, name: str) -> None:
        (self._folder / f"{name}.json").unlink(missing_ok=True)


def stop_process(
    process: psutil.Process,
    *,
    steps: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)),
) -> None:
    """Send each signal in turn and wait its seconds, until the process is gone."""
    for number, wait_s in steps:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return
        if wait_gone([process], wait_s=wait_s):
            return


def wait_gone(processes: list[psutil.Process], *, wait_s: float) -> bool:
    """Wait until all of them are gone.

    A dead process that nobody has collected counts as gone: in a container without a real init, the orphans
    of a killed run stay zombies for ever.
    """
    deadline = time.monotonic() + wait_s
    while any(_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def session_members(leader: ProcessRecord) -> list[psutil.Process]:
    """Return the live processes of the session that `leader` began, even if the leader itself is gone.

    The kernel gives a session's number to nobody else while any member lives. If a process with the
    leader's number exists but started at another time, the session therefore has no members left.
    """
    if psutil.pid_exists(leader.pid) and leader.find() is None and not _is_zombie(leader.pid):
        return []
    return [item for item in psutil.process_iter() if _session(item.pid) == leader.pid and _alive(item)]


def stop_session(leader: ProcessRecord, *, wait_s: float = 10.0) -> None:
    """Stop a recorded process and everything in its session: the leader politely, then all by force."""
    process = leader.find()
    if process is not None:
        stop_process(process, steps=((signal.SIGTERM, wait_s),))
    for number in (signal.SIGTERM, signal.SIGKILL):
        members = session_members(leader)
        for member in members:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.send_signal(number)
        if wait_gone(members, wait_s=1.0):
            return


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
