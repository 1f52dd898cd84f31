"""The SQL of this package: `migrations/NNNN_name.sql` in order, and `queries/name.sql` by name."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """Read `queries/<name>.sql`, once."""
    return files(__name__).joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
