"""Busy mornings on the demonstration clinic: something to look at, and calls to take.

Made-up callers ring at the clinic's own queues, made-up agents answer beside the clinic's own. The same player plays
replays; here nobody counts, and whoever answers as a person keeps the caller on the line for as long as they talk.
"""

import asyncio
import itertools
import secrets
from datetime import date
from types import MappingProxyType
from typing import Any

import aiohttp
import structlog

from benchmarks.replay.day import Day
from benchmarks.replay.fictional import name_of, number_of
from benchmarks.replay.stage import Stage
from benchmarks.replay.synthetic import CallKind, Shape, Turn, make_trace
from benchmarks.replay.trace import TraceCall
from scripts.demo_engine import served
from scripts.house.readiness import local_tls
from scripts.seed import DemoLogins
from web.client import Client, ClientError

SPEED = 6.0
"""Four hours in forty minutes: a conversation takes about half a minute, and something happens every few seconds."""
WRAP_UP_S = 45.0
AGAIN_AFTER_S = 2.0
PREFIX = "demo-"
CALLERS = 600
"""So many different people call; some of them call again."""
TALKING = frozenset({"talking", "held"})

SKILLS = MappingProxyType(
    {
        "aster": {"appointments": 8, "billing": 3},
        "briar": {"appointments": 7, "triage": 8},
        "cedar": {"billing": 9},
        "dahlia": {"appointments": 6, "billing": 6},
        "elder": {"appointments": 9, "triage": 7},
        "fern": {"appointments": 5},
        "gorse": {"appointments": 4, "billing": 8, "triage": 6},
        "hazel": {"appointments": 7},
    }
)
"""What each made-up agent can do, from 1 to 10."""

MORNING = Shape(
    name="A busy morning",
    day=date(2024, 1, 8),
    opens_h=8.0,
    calls=(82, 44, 70, 52, 84, 40, 68, 50),
    kinds=(
        CallKind("appointments", 0.62, 120.0, 0.8),
        CallKind("billing", 0.26, 150.0, 0.8),
        CallKind("urgent", 0.12, 90.0, 0.7),
    ),
    turns=tuple(Turn(name, tuple(skills), 8.0, 12.2) for name, skills in SKILLS.items()),
    priority_share=0.0,
    patience_mean_s=420.0,
    impatient_share=0.02,
)
"""Half hours in which more calls come than can be answered, and half hours in which the line drains."""

log = structlog.get_logger("demo")


async def play_mornings(url: str, demo: DemoLogins) -> None:
    """One after the other, until cancelled. A gateway that is away for a while only interrupts."""
    administrator = demo.of_role("administrator")[0]
    for seed in itertools.count(1):
        try:
            async with Client(url, ssl=local_tls(url)) as client:
                await client.sign_in(demo.clinic, administrator.login, administrator.password)
                await _clear_line(client)
                await _play(client, seed)
        except (aiohttp.ClientError, ClientError, TimeoutError) as error:
            log.warning("the demonstration was interrupted and begins anew", reason=str(error))
            await asyncio.sleep(AGAIN_AFTER_S)


async def _play(client: Client, seed: int) -> None:
    for name, skills in SKILLS.items():
        await client.put_agent(PREFIX + name, {"queues": served(skills), "skills": skills})

    async def talks_elsewhere(call_id: str) -> bool:
        """Where nobody can say, the caller rather stays."""
        try:
            return (await client.call(call_id))["state"] in TALKING
        except ClientError as error:
            return error.code != "unknown_call"
        except (aiohttp.ClientError, TimeoutError):
            return True

    stage = Stage(PREFIX + secrets.token_hex(3), {name: PREFIX + name for name in SKILLS}, enqueue)
    day = Day(
        client,
        make_trace(MORNING, seed),
        stage,
        speed=SPEED,
        wrap_up_s=WRAP_UP_S,
        talks_elsewhere=talks_elsewhere,
    )
    try:
        await day.play()
    finally:
        await day.clear()


def enqueue(number: int, call: TraceCall) -> dict[str, Any]:
    """The queues ask for the skills, so that a call only names its queue."""
    person = number * 37 % CALLERS
    return {"queue_id": call.kind, "caller": {"number": number_of(person), "name": name_of(person)}}


async def _clear_line(client: Client) -> None:
    """Callers of a demonstration that was killed have waited for long enough."""
    for call in await client.calls():
        if call["call_id"].startswith(PREFIX):
            await client.hang_up(call["call_id"])
