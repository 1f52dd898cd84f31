"""What a log line may hold: ids and facts, never secrets or a person's data."""

import json
import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.logs import redact, redacted_text

LOG_SOMETHING = """
import logging, sys, structlog
from pathlib import Path
from scripts.logs import configure_logs
configure_logs(level="info", file=Path(sys.argv[1]), terminal=True)
structlog.get_logger("gateway").info("started", port=8080, password="hunter2", call_id="c-1")
logging.getLogger("driver").warning("cannot reach postgresql://app:hunter2@host/db")
try:
    raise ValueError("token=hunter2")
except ValueError:
    logging.getLogger("web").exception("failed")
structlog.get_logger().debug("not written")
"""


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "database_password",
        "cluster_secret",
        "api_key",
        "Authorization",
        "cookie",
        "ws_ticket",
        "phone_number",
    ],
)
def test_key_of_a_secret_then_its_value_is_hidden(key: str) -> None:
    assert redact(None, "info", {"event": "x", key: "hunter2"}) == {"event": "x", key: "***"}


def test_display_name_inside_a_list_then_hidden_and_ids_kept() -> None:
    event = {"event": "call", "calls": [{"call_id": "c-1", "display_name": "Ann Lee", "wait_s": 3.5}]}
    assert redact(None, "info", event)["calls"] == [{"call_id": "c-1", "display_name": "***", "wait_s": 3.5}]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("postgresql://app:hunter2@db:5432/x failed", "postgresql://***@db:5432/x failed"),
        ("unix://:hunter2@/run/s refused", "unix://***@/run/s refused"),
        ("Authorization: Bearer hunter2hunter2", "Authorization: Bearer ***"),
        ("GET /ws?ticket=hunter2&v=1", "GET /ws?ticket=***&v=1"),
        ('{"password": "hunter2", "a": 1}', '{"password": "***", "a": 1}'),
        ("called +49 30 1234-5678 twice", "called *** twice"),
        ("mail to ann.lee@clinic.example", "mail to ***"),
    ],
)
def test_sentence_with_a_secret_then_only_that_is_hidden(text: str, kept: str) -> None:
    assert redacted_text(text) == kept


@pytest.mark.parametrize("text", ["call c-1 waited 12.5 s", "2026-01-02T03:04:05+00:00", "queue-0 at 127.0.0.1:7000"])
def test_ordinary_sentence_then_untouched(text: str) -> None:
    assert redacted_text(text) == text


def test_process_that_logs_then_file_is_private_json_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "gateway.log"
    result = subprocess.run(  # noqa: S603 - the code above
        [sys.executable, "-c", LOG_SOMETHING, str(file)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["event"].split(" ")[0], line["level"]) for line in lines] == [
        ("started", "info"),
        ("cannot", "warning"),
        ("failed", "error"),
    ]
    assert lines[0]["call_id"] == "c-1"
    assert "ValueError" in lines[2]["exception"]
    assert "hunter2" not in file.read_text() + result.stderr
    assert "started" in result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert logging.getLogger("gateway").handlers == []
