"""Read the settings, or refuse them: every refusal names the variable and says in one plain sentence what is wrong.

Values are never repeated, because some of them are secrets.
"""

import difflib
import os
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from pydantic import ValidationError

from scripts.errors import OperatorError
from scripts.settings import PREFIX, Settings

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


class SettingsError(OperatorError):
    """One or more settings are refused; each line names one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_settings(**overrides: Any) -> Settings:
    """Read the environment; `overrides` (from the command line) win, and those that are None don't count."""
    problems = list(_unknown_names())
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        problems += [_sentence(item["loc"], item["msg"]) for item in error.errors(include_input=False)]
    else:
        problems += _contradictions(settings)
        if not problems:
            return settings
    raise SettingsError(problems)


def variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _unknown_names() -> Iterator[str]:
    """A misspelt name would be ignored in silence, and the default used instead of what was meant."""
    known = {variable(field) for field in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            yield f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else '.'}"


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]) if location else ""
    text = message.removeprefix("Value error, ")
    return f"{name if name.isupper() else variable(name)}: {text[0].lower()}{text[1:]}."


def _contradictions(settings: Settings) -> Iterator[str]:
    yield from _tls(settings)
    yield from _database(settings)
    yield from _ports(settings)
    yield from _reachability(settings)
    yield from _archive(settings)


def _archive(settings: Settings) -> Iterator[str]:
    if settings.archive and settings.keys_dir is None:
        yield "STROWGER_BACKUP_DIR: is missing, the archive needs a folder."
    if settings.archive and not settings.embedded_postgres:
        yield "STROWGER_ARCHIVE: is for the embedded Postgres; a database that the settings name archives by itself."


def _tls(settings: Settings) -> Iterator[str]:
    if settings.tls_certificate_file and not settings.tls_key_file:
        yield "STROWGER_TLS_KEY_FILE: is missing, the certificate cannot be used without its key."
    if settings.tls_key_file and not settings.tls_certificate_file:
        yield "STROWGER_TLS_CERTIFICATE_FILE: is missing, the key cannot be used without its certificate."
    if settings.tls_certificate_file and (settings.public_url or "").startswith("http://"):
        yield "STROWGER_PUBLIC_URL: must begin with https://, because a certificate is set."
    for field in ("tls_certificate_file", "tls_key_file"):
        path = getattr(settings, field)
        if path and not path.is_file():
            yield f"{variable(field)}: there is no such file."


def _database(settings: Settings) -> Iterator[str]:
    app, journal = settings.database_app_url, settings.database_journal_url
    if bool(app) != bool(journal):
        missing = "database_journal_url" if app else "database_app_url"
        yield f"{variable(missing)}: is missing, the application's and the journal's roles need one each."


def _ports(settings: Settings) -> Iterator[str]:
    if settings.port + settings.gateways - 1 > 65535:
        yield "STROWGER_GATEWAYS: there are not that many ports above STROWGER_PORT."
    first, last = settings.shard_port_first, settings.shard_port_last
    if first is None and last is None:
        return
    if first is None or last is None:
        missing = "shard_port_last" if last is None else "shard_port_first"
        yield f"{variable(missing)}: is missing, a range of ports needs both ends."
    elif last < first:
        yield "STROWGER_SHARD_PORT_LAST: is below STROWGER_SHARD_PORT_FIRST."
    elif last - first + 1 < settings.shards:
        yield f"STROWGER_SHARD_PORT_LAST: the range has room for {last - first + 1} of {settings.shards} shards."
    elif first <= settings.port + settings.gateways - 1 and settings.port <= last:
        yield "STROWGER_SHARD_PORT_FIRST: the range overlaps with the ports of the gateways."


def _reachability(settings: Settings) -> Iterator[str]:
    bound_to_loopback = _is_loopback(settings.shard_bind_host)
    advertised_loopback = _is_loopback(settings.shard_advertised_host)
    if bound_to_loopback and not advertised_loopback:
        yield "STROWGER_SHARD_BIND_HOST: is a loopback address, so nothing reaches the advertised host."
    if advertised_loopback and not bound_to_loopback:
        yield "STROWGER_SHARD_ADVERTISED_HOST: is a loopback address, which other machines cannot reach."
    if settings.ray_address and not _is_loopback(settings.ray_address.removeprefix("ray://").rpartition(":")[0]):
        for field, embedded in (
            ("database_url", settings.embedded_postgres),
            ("redis_url", settings.redis_url is None),
        ):
            if embedded:
                yield f"{variable(field)}: is missing, other machines of the Ray cluster cannot reach an embedded one."
    if settings.shard_advertised_host in {"0.0.0.0", "::"}:  # noqa: S104 - refused, not bound
        yield "STROWGER_SHARD_ADVERTISED_HOST: must be an address that other machines can connect to."


def _is_loopback(host: str) -> bool:
    try:
        return host in LOOPBACK_NAMES or ip_address(host).is_loopback
    except ValueError:
        return False
