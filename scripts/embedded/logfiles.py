"""Log files of child processes: kept in the state folder, readable by the owner only, bounded by one
earlier file.
"""

import os
from pathlib import Path
from typing import IO

from scripts.embedded.places import private_folder

LOG_BYTES_MAX = 20_000_000


def open_log(path: Path) -> IO[bytes]:
    """Open for appending; a file that has grown past the limit is first moved to `<name>.1`, replacing the
    last one.
    """
    private_folder(path.parent)
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
