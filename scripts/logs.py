"""Structured logs: JSON lines in a file of the state folder, readable lines on a terminal, secrets in neither.

Every log line of the process, also those of libraries, passes through `redact` last.
"""

import logging
import logging.handlers
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from scripts.embedded.places import private_folder

FILE_BYTES_MAX = 20_000_000
FILES_KEPT = 3
HIDDEN = "***"

SECRET_WORDS = re.compile(
    r"(?i)(^|[_\-.])(password|passwd|secret|secrets|token|ticket|cookie|cookies|authorization|credential|credentials"
    r"|signature|api_?key|vault_?key|hash_?key|private_?key|dsn)($|[_\-.])"
)
PERSONAL_WORDS = re.compile(
    r"(?i)(^|[_\-.])(phone|telephone|mobile|e_?mail|number|caller|name|display_?name|first_?name|last_?name|note|notes"
    r"|transcript|address|birth_?date)$"
)
IN_TEXT = (
    (re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*@"), f"{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[\w~+/=.\-]{8,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(r"(?i)\b(password|secret|token|ticket|api_?key|signature)(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;]+"),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?<![\w.:-])\+\d[\d ()./-]{5,}\d"), HIDDEN),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), HIDDEN),
)
"""What a library may put into a sentence: addresses with a password, credentials, telephone numbers, e-mail
addresses.
"""

PLAIN_KEYS = frozenset({"event", "level", "logger", "timestamp", "process_name", "logger_name", "address"})
"""Keys whose text is looked through, but which are not hidden for what they are called."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what a key's name or a value's shape says is a secret or a person's."""
    return {key: value if key.startswith("_") else redacted(key, value) for key, value in event.items()}


def redacted(key: str, value: Any) -> Any:
    if key not in PLAIN_KEYS and value is not None and (SECRET_WORDS.search(key) or PERSONAL_WORDS.search(key)):
        return HIDDEN
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, Mapping):
        return {inner: redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted("", item) for item in value]
    if isinstance(value, bool | int | float | None):
        return value
    return redacted_text(repr(value))


def redacted_text(text: str) -> str:
    for pattern, replacement in IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def configure_logs(*, level: str, file: Path, terminal: bool) -> None:
    """Send the process's log lines to `file` as JSON and, if wanted, to standard error in a readable form."""
    private_folder(file.parent)
    handlers: list[logging.Handler] = [_file_handler(file)]
    if terminal:
        handlers.append(_terminal_handler())
    logging.basicConfig(level=level.upper(), handlers=handlers, force=True)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(*render: Processor) -> logging.Formatter:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=[remove, *render])


def _file_handler(file: Path) -> logging.Handler:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT)
    handler.setFormatter(
        _formatter(structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(sort_keys=True))
    )
    return handler


def _terminal_handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    colours = sys.stderr.isatty()
    handler.setFormatter(
        _formatter(structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(colors=colours))
    )
    return handler
