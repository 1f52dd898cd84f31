"""How `scripts/chromium` sees that there is a browser: on a PATH that holds only what a test puts there."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

BASH = shutil.which("bash") or "bash"


class Machine:
    """Programs of a made-up machine; each notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls.txt"

    def has(self, name: str, does: str = "") -> None:
        """A program of this name; what it is called with is noted."""
        file = self.folder / name
        file.write_text(f'#!{BASH}\necho "{name} $*" >>"{self.calls}"\n{does}\n')
        file.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own script
            [BASH, ROOT / "scripts" / "chromium"],
            env={"PATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=True,
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    (tmp_path / "env").symlink_to(shutil.which("env") or "env")
    return machine


def brings_chromium(machine: Machine) -> str:
    """An `apt-get` whose installation puts the program where it belongs."""
    file = machine.folder / "chromium"
    makes_it = f'printf "#!{BASH}\\n" >"{file}" && {shutil.which("chmod")} +x "{file}"'
    return f'[[ " $* " == *" install "* ]] && {makes_it}; true'


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_browser_is_there_then_nothing_is_done_or_said(machine: Machine, name: str) -> None:
    machine.has(name)
    machine.has("apt-get")
    assert machine.run().stderr == ""
    assert machine.called() == []


def test_root_on_debian_then_the_package_is_installed(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", brings_chromium(machine))
    assert "skipped" not in machine.run().stderr
    assert [call.split()[4] for call in machine.called() if call.startswith("apt-get")] == ["update", "install"]
    assert machine.run().stderr == ""


def test_user_with_sudo_that_asks_nothing_then_installed_with_it(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    machine.has("sudo", 'shift; "$@"')
    machine.has("true")
    machine.has("apt-get", brings_chromium(machine))
    assert "skipped" not in machine.run().stderr
    assert sum("apt-get" in call and call.startswith("sudo --non-interactive") for call in machine.called()) == 2


def test_user_without_sudo_then_told_what_to_install_and_nothing_fails(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    machine.has("apt-get")
    assert "skipped: as root, run apt-get install chromium" in machine.run().stderr
    assert not any(call.startswith("apt-get") for call in machine.called())


def test_system_without_apt_then_told_what_to_install(machine: Machine) -> None:
    assert "skipped: install Chromium with this system's package manager" in machine.run().stderr


@pytest.mark.parametrize(("does", "told"), [("exit 100", "could not install"), ("", "puts no chromium")])
def test_installation_brings_nothing_then_told_so_and_nothing_fails(machine: Machine, does: str, told: str) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", does)
    assert told in machine.run().stderr
