"""Only what a run started is ever stopped, and all of it."""

import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from scripts.embedded.ports import alone_with_wish, choose_ports, port_is_free
from scripts.embedded.processes import ProcessBook, ProcessRecord, session_members, stop_process, stop_session

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
print(child.pid, flush=True)
time.sleep(60)
"""


def start(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - the code given
        [sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE, text=True
    )


def test_recorded_process_then_found_until_it_ends(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    with start("import time; time.sleep(60)") as process:
        book.write(ProcessRecord.of("one", process.pid))
        record = book.read("one")
        assert record is not None
        assert record.find() == psutil.Process(process.pid)
        assert book.all() == [record]
        process.kill()
    assert record.find() is None
    book.forget("one")
    assert book.all() == []


def test_number_now_belongs_to_another_process_then_it_is_left_alone() -> None:
    with start("import time; time.sleep(60)") as process:
        earlier = replace(ProcessRecord.of("one", process.pid), started_at_s=1.0)
        assert earlier.find() is None
        assert session_members(earlier) == []
        stop_session(earlier, wait_s=1)
        assert process.poll() is None
        process.kill()


def test_damaged_record_then_as_if_there_were_none(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    book.write(ProcessRecord("one", 1, 1.0))
    (tmp_path / "processes" / "one.json").write_text("{")
    assert book.read("one") is None


def test_leader_killed_then_its_session_is_still_stopped() -> None:
    with start(FAMILY) as leader:
        record = ProcessRecord.of("family", leader.pid)
        assert leader.stdout is not None
        child = psutil.Process(int(leader.stdout.readline()))
        leader.kill()
        leader.wait()
        assert session_members(record) == [child]
        stop_session(record, wait_s=1)
        assert session_members(record) == []


def test_deaf_process_then_force_after_the_polite_signal() -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with start(deaf) as process:
        assert process.stdout is not None
        process.stdout.readline()
        stop_process(psutil.Process(process.pid), steps=((signal.SIGTERM, 0.1), (signal.SIGKILL, 5.0)))
        assert process.wait() == -signal.SIGKILL


def test_several_ports_then_all_differ_and_the_preferred_one_is_taken_if_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        assert not port_is_free("127.0.0.1", number)
        assert number not in choose_ports(5, preferred={0: number})
    assert choose_ports(5, preferred={0: number})[0] == number
    assert len(set(choose_ports(20))) == 20


def test_somebody_is_about_to_take_a_port_then_nobody_else_may_try_until_that_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (number,) = choose_ports(1)
    with alone_with_wish(number) as first, alone_with_wish(number) as second:
        assert (first, second) == (True, False)
    with alone_with_wish(number) as third:
        assert third
