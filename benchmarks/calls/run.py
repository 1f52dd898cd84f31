"""A run of load from set-up to report."""

import asyncio
import contextlib
import os
import secrets
import statistics
import time

import aiohttp
import msgspec

from actors.config import Secret
from actors.garbage import collect_rarely
from benchmarks.calls.judge import read_account
from benchmarks.calls.kills import FindPids, KillReport, kill_in_turn
from benchmarks.calls.ledger import Ledger, double_offers, lost_calls
from benchmarks.calls.people import People
from benchmarks.calls.plan import LoadPlan
from benchmarks.calls.yardsticks import EchoServer, Operation, echo_operation, sample
from persistence.postgres.yardstick import open_commit_yardstick
from web.client import Client

DRAIN_S_MAX = 60.0
"""How long after the last arrival calls may take to end before they are judged as they are."""
CONFIGURE_AT_ONCE = 32


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where the load goes, and what the judge may look into. `tenant_id` is the clinic that is loaded."""

    url: str
    clinic: str
    login: str
    password: Secret
    tenant_id: str
    journal_url: Secret


class Percentiles(msgspec.Struct, frozen=True):
    """Milliseconds; None where nothing was measured."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. `completed_per_s`: conversations that ended while calls arrived, over that time."""

    rate: float
    agents: int
    seconds: float
    talk_s: float
    wrap_up_s: float
    occupancy: float
    multiplex: bool
    scheduled: int
    acknowledged: int
    completed: int
    completed_per_s: float
    ring_latency_ms: Percentiles
    lost_calls: int
    double_offers: int
    refusals: dict[str, int]
    reconnects: int
    yardsticks: dict[str, Percentiles]
    kills: list[KillReport]
    cpu_client_s: float
    elapsed_s: float


class Progress:
    """What a run tells of itself while it goes on. The command line shows it as bars."""

    def step(self, name: str, total: int) -> None:
        """A step begins."""

    def advance(self, count: int) -> None:
        """So many of the step's units are done."""

    def say(self, line: str) -> None:
        """Something has happened that is worth a line."""


async def run_load(
    target: Target,
    plan: LoadPlan,
    progress: Progress,
    *,
    ray_call: Operation | None = None,
    kill: FindPids | None = None,
) -> LoadReport:
    """Set up a queue and agents of its own, load them, wait for the last call to end, and judge."""
    collect_rarely()
    started_s = time.perf_counter()
    ledger = Ledger()
    yardsticks: dict[str, list[float]] = {"commit_ms": [], "websocket_echo_ms": []}
    with EchoServer() as echo:
        async with contextlib.AsyncExitStack() as stack:
            client = Client(target.url)
            stack.push_async_callback(client.close)
            await client.sign_in(target.clinic, target.login, target.password.reveal())
            people = People(client, plan, ledger, secrets.token_hex(3), time.perf_counter)
            await configure(client, people, progress)
            stack.push_async_callback(people.sign_out)
            progress.step("Softphones", plan.agents)
            await people.sign_in(progress.advance)
            operations = await _operations(stack, target, echo, ray_call)
            samplers = [
                asyncio.create_task(sample(operation, yardsticks.setdefault(name, [])))
                for name, operation in operations.items()
            ]
            stack.push_async_callback(_cancel, samplers)
            killed: list[KillReport] = []
            begun_s = time.perf_counter() + 0.5
            arrivals = plan.arrivals_s()
            killers = (
                [asyncio.create_task(kill_in_turn(kill, ledger, begun_s, plan.seconds, killed))]
                if kill is not None
                else []
            )
            stack.push_async_callback(_cancel, killers)
            progress.step("Calls", len(arrivals))
            shown = asyncio.create_task(_show(ledger, progress))
            stack.push_async_callback(_cancel, [shown])
            await people.call_on_schedule(arrivals, begun_s)
            ledger.complete()
            await _drain(ledger)
            await asyncio.gather(*killers)
            account = await read_account(target.journal_url, target.tenant_id)
            live = (account.queued - account.ended) & ledger.calls.keys()
    ends_s = [one.ended_s for one in ledger.calls.values() if one.ended_s is not None]
    completed = len(ends_s)
    in_time = sum(1 for at_s in ends_s if at_s <= begun_s + plan.seconds)
    return LoadReport(
        rate=plan.rate,
        agents=plan.agents,
        seconds=plan.seconds,
        talk_s=round(plan.talk_s, 3),
        wrap_up_s=round(plan.wrap_up_s, 3),
        occupancy=round(plan.occupancy, 3),
        multiplex=plan.multiplex,
        scheduled=len(ledger.calls),
        acknowledged=sum(1 for one in ledger.calls.values() if one.acknowledged_s is not None),
        completed=completed,
        completed_per_s=round(in_time / plan.seconds, 1),
        ring_latency_ms=percentiles(ledger.ring_latencies_ms()),
        lost_calls=len(lost_calls(ledger, account, live)),
        double_offers=double_offers(ledger, account),
        refusals=people.refusals,
        reconnects=people.reconnects,
        yardsticks={name: percentiles(samples) for name, samples in yardsticks.items()},
        kills=killed,
        cpu_client_s=round(sum(os.times()[:2]), 1),
        elapsed_s=round(time.perf_counter() - started_s, 1),
    )


def percentiles(samples_ms: list[float]) -> Percentiles:
    """p50, p95, p99 and maximum of what was measured."""
    if len(samples_ms) < 2:
        return Percentiles(None, None, None, None)
    cuts = statistics.quantiles(samples_ms, n=100, method="inclusive")
    return Percentiles(*(round(value, 2) for value in (cuts[49], cuts[94], cuts[98], max(samples_ms))))


async def configure(client: Client, people: People, progress: Progress) -> None:
    """A queue and agents of this run alone."""
    await client.put_queue(people.queue_id, {"name": "Load", "wrap_up_s": 3_600.0, "offer_timeout_s": 20.0})
    progress.step("Agents", len(people.agent_ids))
    gate = asyncio.Semaphore(CONFIGURE_AT_ONCE)

    async def configure_one(agent_id: str) -> None:
        async with gate:
            await client.put_agent(agent_id, {"queues": [people.queue_id]})
            progress.advance(1)

    await asyncio.gather(*map(configure_one, people.agent_ids))


async def _operations(
    stack: contextlib.AsyncExitStack, target: Target, echo: EchoServer, ray_call: Operation | None
) -> dict[str, Operation]:
    commit, close = await open_commit_yardstick(target.journal_url.reveal())
    stack.push_async_callback(close)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    operations: dict[str, Operation] = {
        "commit_ms": commit,
        "websocket_echo_ms": await echo_operation(session, echo.url),
    }
    return operations | ({"ray_call_ms": ray_call} if ray_call is not None else {})


async def _show(ledger: Ledger, progress: Progress) -> None:
    shown = 0
    while True:
        await asyncio.sleep(0.5)
        ended = sum(1 for one in ledger.calls.values() if one.ended_s is not None)
        progress.advance(ended - shown)
        shown = ended


async def _drain(ledger: Ledger) -> None:
    """Wait until every acknowledged call has ended, or for `DRAIN_S_MAX`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S_MAX):
            await ledger.settled.wait()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
