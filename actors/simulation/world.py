"""One world from one seed: it lives through faults, heals, and must converge.

While it lives, the ledger judges every committed entry and every answer. At the end, once nothing goes wrong any more
and everyone cooperates, each acknowledged call must have ended, nothing may be open, and every live shard must equal
the replay of its journal; so must every live picture, the supervisor's own and the one put together from deltas, and
every row written for reports.
"""

import asyncio
from collections.abc import Sequence
from random import Random

import msgspec

from actors.simulation.callbook import ENDED
from actors.simulation.calm import Calm
from actors.simulation.faults import CALM, FaultPlan, Faults, draw_plan
from actors.simulation.healed import open_ends, state_faults
from actors.simulation.ledger import Ledger
from actors.simulation.loop import run_virtual
from actors.simulation.network import Network, Node
from actors.simulation.onlookers import Broadcast, Onlooker
from actors.simulation.people import Door, SendToOwner
from actors.simulation.processes import Directory, Outlets, Process, SimulatedClock, SimulatedPeers
from actors.simulation.quiet import quiet
from actors.simulation.rows import WrittenRows
from actors.simulation.views import view_faults
from actors.verification.verify import verify
from engine.settings import AgentSettings, QueueSettings, Strategy, Tier
from engine.skills import SkillNeed
from persistence.journal import Kind, partition_of
from persistence.memory.journal import MemoryJournal

STORM_S = 25.0
CALM_S = 90.0
LOOK_EVERY_S = 1.0
SETTLED_S = 6.0
"""How long after the last fault a world still feels it: messages under way, silences, stale addresses."""


class WorldReport(msgspec.Struct, frozen=True):
    """What one seed led to. `violations` is empty for a good world."""

    seed: int
    steps: int
    calls: int
    violations: tuple[str, ...]
    faults: dict[str, int]


class World:
    """Two tenants, a shard of each kind per partition, one router, one supervisor, callers, agents, onlookers."""

    def __init__(self, seed: int, plan: FaultPlan | None = None) -> None:
        self._seed = seed
        self._rng = Random(seed)
        self._faults = Faults(plan if plan is not None else draw_plan(self._rng), self._rng)
        self._store = MemoryJournal()
        self._network = Network(self._faults)
        self._directory = Directory(self._store, self._network)
        self._tenants = ["north", "south"][: self._rng.randint(1, 2)]
        self._settings = {tenant_id: self._draw_settings(tenant_id) for tenant_id in self._tenants}
        self._true_clock = SimulatedClock()
        self._ledger = Ledger(self._true_clock.now_ms)
        self._vanished: dict[str, int] = {}
        self._doors = [self._make_door(tenant_id) for tenant_id in self._tenants]
        self._outlets = Outlets(Broadcast(self._faults), WrittenRows(self._faults))
        self._processes = self._make_processes()
        self._calm = Calm(self._ledger, self._true_clock.now_ms, self._vanished)
        self._calls = 0

    async def live(self) -> WorldReport:
        """From the first start to the judgement."""
        for process in self._processes:
            process.start()
        onlookers = [asyncio.create_task(self._make_onlooker(tenant_id).watch()) for tenant_id in self._tenants]
        nuisance = asyncio.get_running_loop().create_task(self._trouble())
        async with asyncio.TaskGroup() as people:
            for door in self._doors:
                people.create_task(self._busy_morning(door, people))
            observer = asyncio.get_running_loop().create_task(self._observe())
            await asyncio.sleep(STORM_S)
            nuisance.cancel()
            self._heal()
        await self._converge()
        for task in (observer, *onlookers):
            task.cancel()
        await self._verify()
        self._judge()
        return WorldReport(
            self._seed,
            self._network.steps,
            self._calls,
            tuple(self._ledger.violations),
            dict(self._faults.count),
        )

    # -- making it ---------------------------------------------------------------------------------

    def _draw_settings(self, tenant_id: str) -> tuple[list[QueueSettings], list[AgentSettings]]:
        rng = self._rng
        queues = [
            QueueSettings(
                queue_id=f"{tenant_id}-q{index}",
                name=f"Queue {index}",
                strategy=rng.choice(list(Strategy)),
                needs=(SkillNeed("spanish", 3),) if index and rng.random() < 0.5 else (),
                priority_credit_s=0.1 if self._seed % 3 == 0 else None,
                offer_timeout_s=rng.choice([2.0, 5.0]),
                wrap_up_s=rng.choice([0.5, 2.0]),
                disposition_required=rng.random() < 0.3,
                rona_away_after=3,
                rest_after_decline_s=rng.choice([0.0, 1.0]),
            )
            for index in range(rng.randint(1, 3))
        ]
        agents = [
            AgentSettings(
                agent_id=f"{tenant_id}-a{index}",
                queues=tuple(queue.queue_id for queue in queues),
                skills={"spanish": rng.randint(1, 9)} if index else {"spanish": 9},
                capacity=rng.choice([1, 1, 1, 2]),
                tiers={queue.queue_id: Tier(rng.randint(1, 2), rng.randint(1, 3)) for queue in queues[:1]},
            )
            for index in range(rng.randint(1, 5))
        ]
        return queues, agents

    def _make_door(self, tenant_id: str) -> Door:
        door = Door(tenant_id, self._ledger, self._rng, self._true_clock.now_ms)
        self._directory.nodes[door.node.name] = door.node
        door.vanished = self._vanished
        door.send = SimulatedPeers(door.node, self._directory).send
        return door

    def _make_onlooker(self, tenant_id: str) -> Onlooker:
        def sender(node: Node) -> SendToOwner:
            self._directory.nodes[node.name] = node
            return SimulatedPeers(node, self._directory).send

        onlooker = self._outlets.broadcast.onlookers[tenant_id] = Onlooker(tenant_id, self._ledger, sender)
        return onlooker

    def _make_processes(self) -> list[Process]:
        numbers = sorted({partition_of(tenant_id) for tenant_id in self._tenants})
        spread = [[number] for number in numbers] if self._rng.random() < 0.5 else [numbers]
        shared = (self._directory, self._store, self._faults, self._ledger, self._outlets)
        owners = [Process(kind, part, *shared) for kind in (Kind.QUEUE, Kind.AGENT) for part in spread]
        return [*owners, Process(Kind.ROUTER, numbers, *shared), Process(Kind.SUPERVISOR, numbers, *shared)]

    # -- living ------------------------------------------------------------------------------------

    async def _busy_morning(self, door: Door, people: asyncio.TaskGroup) -> None:
        queues, agents = self._settings[door.tenant_id]
        await door.configure(queues, agents)
        mean_s = self._rng.choice([0.3, 0.6, 1.5])
        while asyncio.get_running_loop().time() < STORM_S:
            await asyncio.sleep(self._rng.expovariate(1 / mean_s))
            self._calls += 1
            queue = self._rng.choice(queues)
            call_id = f"{door.tenant_id}-k{self._calls}"
            patience_s = self._rng.expovariate(1 / 12)
            people.create_task(door.be_caller(call_id, queue.queue_id, patience_s))

    async def _trouble(self) -> None:
        """Kill and pause processes at moments from the seed."""
        plan, rng = self._faults.plan, self._rng
        mean_s = min((every for every in (plan.kill_every_s, plan.pause_every_s) if every), default=0.0)
        while mean_s:
            await asyncio.sleep(rng.expovariate(1 / mean_s))
            process = rng.choice(self._processes)
            if plan.pause_every_s and rng.random() < 0.4:
                await self._pause(process)
            elif plan.pause_every_s and rng.random() < 0.3:
                self._faults.count["usurped"] += 1
                process.start()
            elif plan.kill_every_s:
                self._faults.count["process_killed"] += 1
                process.kill()
                await asyncio.sleep(rng.uniform(0.05, 2.0))
                process.start()

    async def _observe(self) -> None:
        """Look at everything now and then, and at what must hold in calm once it is calm."""
        healed_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            healed_s = healed_s + LOOK_EVERY_S if self._faults.healed or self._faults.plan == CALM else 0.0
            if healed_s >= SETTLED_S:
                self._calm.begin()
            self._calm.look()
            for sentence in state_faults(self._ledger, self._processes, self._store):
                self._ledger.says(sentence)

    async def _pause(self, process: Process) -> None:
        """Stop a process; perhaps start its successor; wake the old one up."""
        self._faults.count["process_paused"] += 1
        zombie = process.node
        process.pause()
        await asyncio.sleep(self._rng.uniform(0.1, 3.0))
        if self._rng.random() < 0.7:
            self._faults.count["two_incarnations"] += 1
            process.start()
            await asyncio.sleep(self._rng.uniform(0.1, 3.0))
        if zombie is not None:
            zombie.resume()

    def _heal(self) -> None:
        self._faults.heal()
        for node in self._directory.nodes.values():
            node.resume()
        self._restart_what_ended()
        for door in self._doors:
            door.cooperative = True

    def _restart_what_ended(self) -> None:
        """What a supervisor of processes does: one that was killed, or that lost its partitions, is started again."""
        for process in self._processes:
            if process.ended:
                process.start()

    async def _converge(self) -> None:
        """Wait until everyone who was in line has been served, but not forever."""
        deadline_s = asyncio.get_running_loop().time() + CALM_S
        found: list[str] = []
        while asyncio.get_running_loop().time() < deadline_s:
            await asyncio.sleep(1.0)
            self._restart_what_ended()
            found = self._open_ends()
            if not found:
                return
        for sentence in found:
            self._ledger.says(sentence)

    def _open_ends(self) -> list[str]:
        """What is still open; and once nothing is, what was made of the journals and is not what they say."""
        supervisor, outlets = self._processes[-1], self._outlets
        found = open_ends(self._ledger, self._processes)
        return found or view_faults(supervisor, outlets.broadcast, outlets.rows, self._store)

    async def _verify(self) -> None:
        """Every snapshot, picture and row is what the whole journal leads to."""
        report = await verify(self._store, self._outlets.rows, lambda _: None)
        for finding in report.findings:
            self._ledger.says(f"{finding.code}: {finding.where}: {finding.sentence}")

    def _judge(self) -> None:
        for door in self._doors:
            for call_id in sorted(door.acknowledged_calls):
                call = self._ledger.calls.calls.get(call_id)
                if call is None:
                    self._ledger.says(f"{call_id} was acknowledged and is lost")
                elif call.state is ENDED and not (call.leased or call_id in door.asked_to_end):
                    self._ledger.says(f"{call_id} ended although nobody asked for it")
        for process in self._processes:
            for error in process.failures():
                self._ledger.says(f"{process.kind.value} died of {error!r}")


def live_through(seed: int, plan: FaultPlan | None = None) -> WorldReport:
    """One world, from its seed to its report."""

    async def live() -> WorldReport:
        return await World(seed, plan).live()

    with quiet():
        return run_virtual(live())


def live_through_all(seeds: Sequence[int]) -> list[WorldReport]:
    """Several worlds, one after the other: the share of one process."""
    return [live_through(seed) for seed in seeds]
