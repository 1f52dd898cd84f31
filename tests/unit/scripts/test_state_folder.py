"""The state folder: private, remembered, and never somebody else's."""

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import RUNTIME_PATH_BYTES_MAX, runtime_folder, write_private
from scripts.secrets_file import Secrets, load_or_create


def test_first_start_then_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "state")
    assert load_or_create(tmp_path / "state") == first
    assert stat.S_IMODE((tmp_path / "state" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert first.vault_key not in repr(first)


def test_two_starts_at_once_then_both_have_the_same_secrets(tmp_path: Path) -> None:
    found: list[Secrets] = []
    threads = [threading.Thread(target=lambda: found.append(load_or_create(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(item == found[0] for item in found)


def test_secret_that_an_older_version_did_not_know_then_added_and_the_rest_kept(tmp_path: Path) -> None:
    old = load_or_create(tmp_path)
    file = tmp_path / "secrets.json"
    values = json.loads(file.read_text())
    del values["ray_token"]
    file.write_text(json.dumps(values))
    new = load_or_create(tmp_path)
    assert new.vault_key == old.vault_key
    assert new.ray_token != old.ray_token


def test_damaged_secrets_then_refused_and_not_replaced(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (tmp_path / "secrets.json").write_text('{"vault_key": "ab')
    with pytest.raises(EmbeddedError, match="damaged"):
        load_or_create(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == '{"vault_key": "ab'


def test_long_state_folder_then_its_sockets_go_to_a_short_one_and_stay_there(state_dir: Path) -> None:
    deep = state_dir.joinpath(*["a-folder-with-a-long-name"] * 8)
    state_dir.mkdir()
    first = runtime_folder(deep)
    assert len(str(first).encode()) <= RUNTIME_PATH_BYTES_MAX
    assert runtime_folder(deep) == first
    first.rmdir()


def test_servers_ask_at_the_same_moment_then_all_get_the_same_short_folder(state_dir: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(runtime_folder(state_dir))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_planted_link_instead_of_the_short_folder_then_another_is_made(state_dir: Path, tmp_path: Path) -> None:
    first = runtime_folder(state_dir)
    first.rmdir()
    first.symlink_to(tmp_path)
    second = runtime_folder(state_dir)
    first.unlink()
    assert second != first
    assert second.is_dir()


def test_failed_write_then_the_old_content_and_no_fragment_stay(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "old")
    with pytest.raises(TypeError):
        write_private(tmp_path / "file", None)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_lock_held_by_another_process_then_refusal_names_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from scripts.embedded.locks import HeldLock;"
        "HeldLock(Path(sys.argv[1]), 'Strowger').take(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(  # noqa: S603 - the code above
        [sys.executable, "-c", code, str(tmp_path / "run.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EmbeddedError, match=rf"Strowger runs already .*process {holder.pid}\)"):
            HeldLock(tmp_path / "run.lock", "Strowger").take()
        holder.kill()
    lock = HeldLock(tmp_path / "run.lock", "Strowger")
    lock.take()
    assert (tmp_path / "run.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_long_log_then_one_earlier_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.embedded.logfiles.LOG_BYTES_MAX", 10)
    for number in range(4):
        with open_log(tmp_path / "logs" / "x.log") as log:
            log.write(b"%d: a long line\n" % number)
    assert (tmp_path / "logs" / "x.log").read_text() == "3: a long line\n"
    assert (tmp_path / "logs" / "x.log.1").read_text() == "2: a long line\n"
