"""When the browser app is built, and with what."""

from pathlib import Path

import pytest

from scripts import ui_build
from scripts.errors import OperatorError


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app that counts as built as it is."""
    for folder in ("src", "public", "dist", "node_modules"):
        (tmp_path / folder).mkdir()
    for name in (*ui_build.SOURCES, "src/main.tsx", "dist/index.html"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(ui_build, "UI", tmp_path)
    monkeypatch.setattr(ui_build, "find_node", _no_node)
    ui_build._write("build", ui_build._digest(ui_build._sources()))
    return tmp_path


def _no_node() -> ui_build.Node:
    raise OperatorError("something is built")


def test_nothing_changed_then_nothing_is_built(app: Path) -> None:
    assert app.is_dir()
    assert not ui_build.build()


@pytest.mark.parametrize("name", ["src/main.tsx", "src/new.tsx", "public/icon.svg", "package-lock.json"])
def test_a_source_changed_then_it_is_built(app: Path, name: str) -> None:
    (app / name).write_text("new")
    with pytest.raises(OperatorError, match="something is built"):
        ui_build.build()


def test_what_was_built_is_gone_then_it_is_built(app: Path) -> None:
    (app / "dist" / "index.html").unlink()
    with pytest.raises(OperatorError, match="something is built"):
        ui_build.build()


def test_machine_without_node_then_the_one_among_the_packages_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = ui_build.find_node()
    assert found.node.is_file()
    assert found.npm.is_file()


def test_node_too_old_then_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui_build, "_version", lambda _: (18, 20))
    assert ui_build._of_machine() is None
