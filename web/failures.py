"""How a defect is logged: by its kind and its place. Its message may quote a person, and so is left out."""

import traceback
from pathlib import PurePath
from typing import Any

from structlog.typing import FilteringBoundLogger

FRAMES_MAX = 8


def log_defect(log: FilteringBoundLogger, event: str, error: Exception, **facts: Any) -> None:
    """For what nobody foresaw and somebody has to look into."""
    log.error(event, error=type(error).__name__, at=place_of(error), **facts)


def place_of(error: BaseException) -> str:
    """Where it happened, innermost first, as `file:line function`."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
