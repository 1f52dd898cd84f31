"""The embedded Valkey: a private socket, a password, and nothing left behind."""

import os
import stat
from pathlib import Path

import psutil
import pytest
import redis
import redis.asyncio

from scripts.embedded.places import runtime_folder
from scripts.embedded.processes import ProcessRecord
from scripts.embedded.valkey import EmbeddedValkey

pytestmark = pytest.mark.integration


async def test_started_server_then_an_async_client_can_publish(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.set("key", "value") is True
        assert await client.get("key") == b"value"


def test_no_password_then_refused(redis_url: str) -> None:
    address = "unix://" + redis_url.split("@", 1)[1]
    with redis.Redis.from_url(address) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_running_server_then_no_port_and_no_password_in_its_command(state_dir: Path) -> None:
    with EmbeddedValkey(state_dir) as valkey:
        assert valkey.pid is not None
        process = psutil.Process(valkey.pid)
        assert process.net_connections("inet") == []
        assert valkey._password not in " ".join(process.cmdline())
        assert stat.S_IMODE((runtime_folder(state_dir) / "redis").stat().st_mode) == 0o700


def test_server_killed_then_it_starts_again(state_dir: Path) -> None:
    with EmbeddedValkey(state_dir) as valkey:
        assert valkey.pid is not None
        os.kill(valkey.pid, 9)
        while valkey.pid is not None:
            pass
        valkey.start()
        with redis.Redis.from_url(valkey.redis_url) as client:
            assert client.ping() is True


def test_leftover_server_then_it_is_stopped_first(state_dir: Path) -> None:
    first = EmbeddedValkey(state_dir)
    first.start()
    assert first.pid is not None
    leftover = ProcessRecord.of("valkey", first.pid)
    first._lock.release()  # as if whoever started it had been killed
    with EmbeddedValkey(state_dir) as second:
        assert leftover.find() is None
        assert second.pid is not None
    first.stop()


def test_stopped_server_then_its_process_is_gone(state_dir: Path) -> None:
    valkey = EmbeddedValkey(state_dir)
    valkey.start()
    assert valkey.pid is not None
    record = ProcessRecord.of("valkey", valkey.pid)
    valkey.stop()
    assert record.find() is None
    assert valkey.pid is None
