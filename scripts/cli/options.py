"""Options that several commands share; each overrides the setting of its name."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
"""How a day or a minute is written."""
StateDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where secrets, logs and embedded servers live.", show_default=".strowger"),
]
ConfigFromStdin: TypeAlias = Annotated[
    bool, typer.Option("--config-from-stdin", help="Read the configuration as JSON instead of composing it.")
]
