"""Options that several commands share; each overrides the setting of its name."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

StateDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where secrets, logs and embedded servers live.", show_default=".strowger"),
]
ConfigFromStdin: TypeAlias = Annotated[
    bool, typer.Option("--config-from-stdin", help="Read the configuration as JSON instead of composing it.")
]
