"""Which tests run one after the other while others run beside them.

Marks of `xdist_group` do not reach the scheduler of pytest-xdist 3.8 with pytest 9.2, so the lanes are cut here.
"""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling


class Lanes(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Tests that share a house stay together: those of a file, and all that drive a browser."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def together(nodeid: str) -> str:
    """What the tests have in common that must stay in one lane with this one."""
    path = PurePosixPath(nodeid.partition("::")[0])
    return str(path.parent if path.parent.name == "browser" else path)
