"""What the machine itself offers: Python, packages, memory, disk, ports, the state folder, certificates."""

import importlib.metadata
import os
import re
import shutil
import ssl
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from scripts.doctor.check import Check, fail, ok, warn
from scripts.embedded.ports import port_is_free
from scripts.embedded.postgres import STATE_FOLDER_FILE
from scripts.embedded.processes import ProcessBook
from scripts.embedded.system_user import SHARED_ROOT
from scripts.settings import CHECKOUT, Settings

DISK_FREE_BYTES_MIN = 2 * 1024**3
MEMORY_FREE_BYTES_MIN = 2 * 1024**3
PRIVATE_FILES = ("secrets.json", "demo_logins.json", "ray/token")
CERTIFICATE_DAYS_LEFT_MIN = 14


def look_at_machine(settings: Settings) -> Iterator[Check]:
    yield _python()
    yield _packages(CHECKOUT / "constraints.txt")
    yield _memory()
    yield _disk(settings.state_dir)
    yield _state_folder(settings.state_dir)
    yield from _forgotten_data()
    yield _ports(settings)
    yield _tls(settings)


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] != (3, 11):
        return fail("Python", found, "Use Python 3.11: remove .venv and run scripts/setup.")
    return ok("Python", found)


def _packages(constraints: Path) -> Check:
    """Compare what is installed with what this version was tested with."""
    pins = dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)$", constraints.read_text())) if constraints.exists() else {}
    other = []
    for name, wanted in sorted(pins.items()):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # the packages for tests only
        if found != wanted:
            other.append(f"{name} {found} instead of {wanted}")
    if other:
        shown = ", ".join(other[:4]) + (f" and {len(other) - 4} more" if len(other) > 4 else "")
        return warn("Packages", shown, "Run scripts/setup; if that changes nothing, remove .venv first.")
    return ok("Packages", f"{len(pins)} versions as tested")


def _memory() -> Check:
    free = psutil.virtual_memory().available
    found = f"{free / 1024**3:.1f} GiB free"
    if free < MEMORY_FREE_BYTES_MIN:
        return warn("Memory", found, "Ray, Postgres and the shards need about 2 GiB; close something.")
    return ok("Memory", found)


def _disk(state_dir: Path) -> Check:
    place = next(folder for folder in (state_dir, *state_dir.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free"
    if free < DISK_FREE_BYTES_MIN:
        return fail("Disk", found, f"Free some space, or put STROWGER_STATE_DIR elsewhere than {state_dir}.")
    return ok("Disk", found)


def _state_folder(state_dir: Path) -> Check:
    if not state_dir.exists():
        return ok("State folder", f"{state_dir} (made by the first run)")
    if state_dir.stat().st_uid != os.geteuid() or not os.access(state_dir, os.W_OK):
        return fail("State folder", f"{state_dir} is another user's", "Run as its owner, or set STROWGER_STATE_DIR.")
    files = [state_dir / name for name in PRIVATE_FILES if (state_dir / name).exists()]
    open_to_others = [path for path in (state_dir, *files) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        names = ", ".join(str(path) for path in open_to_others)
        return fail("State folder", f"others may read {names}", f"chmod go= {names}")
    return ok("State folder", str(state_dir))


def _forgotten_data() -> Iterator[Check]:
    """As root the embedded Postgres keeps its data outside the state folder, and it stays when that is deleted."""
    homes = sorted(SHARED_ROOT.glob("postgres-*")) if os.geteuid() == 0 else []
    forgotten = [str(home) for home in homes if not _is_pointed_to(home)]
    if forgotten:
        advice = f"If nobody needs it: rm -r {' '.join(forgotten)}"
        yield warn("Old data", f"{len(forgotten)} folders of Postgres belong to no state folder", advice)


def _is_pointed_to(home: Path) -> bool:
    owner = home / STATE_FOLDER_FILE
    pointer = Path(owner.read_text().strip()) / "postgres" / "home" if owner.exists() else home
    return pointer.is_file() and pointer.read_text().strip() == str(home)


def _ports(settings: Settings) -> Check:
    """A port that our own gateway holds is fine."""
    ours = any(record.name.startswith("gateway-") and record.find() for record in ProcessBook(settings.state_dir).all())
    wanted = range(settings.port, settings.port + settings.gateways)
    taken = [str(port) for port in wanted if not port_is_free(settings.host, port)]
    if taken and ours:
        return ok("Ports", f"{', '.join(taken)} (served by the run that is under way)")
    if taken:
        advice = "Stop what listens there, or set STROWGER_PORT."
        return fail("Ports", f"{', '.join(taken)} on {settings.host} cannot be used", advice)
    return ok("Ports", f"{wanted[0]}-{wanted[-1]} on {settings.host} free" if len(wanted) > 1 else f"{wanted[0]} free")


def _tls(settings: Settings) -> Check:
    if settings.tls_certificate_file is None or settings.tls_key_file is None:
        if settings.address.startswith("https://") or settings.host in {"127.0.0.1", "::1", "localhost"}:
            return ok(
                "TLS", "ends before the gateway" if settings.address.startswith("https://") else "not needed here"
            )
        advice = "Browsers give no microphone without HTTPS: set STROWGER_TLS_CERTIFICATE_FILE and _KEY_FILE."
        return warn("TLS", "none, and the gateway is reachable from other machines", advice)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_certificate_file, settings.tls_key_file
        )
    except (ssl.SSLError, OSError) as error:
        return fail("TLS", f"the certificate and key cannot be used: {error}", "Check that they belong together.")
    return ok("TLS", str(settings.tls_certificate_file))
