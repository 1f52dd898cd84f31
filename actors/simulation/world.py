"""One world from one seed: it lives through faults, heals, and must converge.

While it lives, the ledger judges every committed entry and every answer. At the end, once nothing goes wrong any more
and everyone cooperates, each acknowledged call must have ended, nothing may be open, and every live shard must equal
the replay of its journal; so must every live picture, the supervisor's own and the one put together from deltas, and
every row written for reports.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Sequence
from random import Random

import msgspec

from actors.simulation.callbook import ENDED
from actors.simulation.calm import Calm
from actors.simulation.clinic import Clinic
from actors.simulation.door import Door, SendToOwner
from actors.simulation.faults import CALM, FaultPlan, Faults, classes_of, draw_plan, without
from actors.simulation.healed import open_ends, state_faults
from actors.simulation.ledger import Ledger
from actors.simulation.loop import run_virtual
from actors.simulation.network import Network, Node
from actors.simulation.office import Office
from actors.simulation.onlookers import Broadcast, Onlooker
from actors.simulation.peers import Directory, SimulatedClock, SimulatedPeers
from actors.simulation.people import People
from actors.simulation.processes import Process, Surroundings
from actors.simulation.quiet import quiet
from actors.simulation.rows import WrittenRows
from actors.simulation.trial import STORMS_S, Trial
from actors.simulation.trouble import Trouble
from actors.simulation.views import view_faults
from actors.verification.verify import verify
from persistence.journal import Kind, partition_of
from persistence.memory.journal import MemoryJournal

TENANTS = ("north", "south", "east")
"""Each lives in a partition of its own."""
AFTERMATH = 0.4
"""In so many worlds callers go on coming once it is calm, so that what must hold in calm is seen at work."""
AFTERMATH_S = 4.0
CALM_S = 90.0
LOOK_EVERY_S = 1.0
SETTLED_S = 6.0
"""How long after the last fault a world still feels it: messages under way, silences, stale addresses."""


class WorldReport(msgspec.Struct, frozen=True):
    """What one trial led to. `violations` is empty for a good world.

    `classes`: which faults it had; `faults`: how often each kind struck; `lived`: how often each feature of the engine
    was seen; `passed` and `died_at`: how often processes came to each place where they may die, and died there.
    """

    trial: Trial
    steps: int
    calls: int
    violations: tuple[str, ...]
    faults: dict[str, int]
    classes: tuple[str, ...] = ()
    lived: dict[str, int] = {}
    passed: dict[str, int] = {}
    died_at: dict[str, int] = {}


class World:
    """Tenants with callers, agents, an office and an onlooker each; shards, routers and supervisors that serve them."""

    def __init__(self, trial: Trial, plan: FaultPlan | None = None) -> None:
        self._trial = trial
        self._rng = Random(trial.seed)
        drawn = draw_plan(self._rng, every=trial.every)
        self._storm_s = min(self._rng.choice(STORMS_S), trial.storm_s)
        self._faults = Faults(without(plan if plan is not None else drawn, trial.without), self._rng)
        self._store = MemoryJournal()
        self._network = Network(self._faults)
        self._directory = Directory(self._store)
        self._true_clock = SimulatedClock()
        self._ledger = Ledger(self._true_clock.now_ms)
        self._vanished: dict[str, int] = {}
        self._broadcast = Broadcast(self._faults)
        self._rows = WrittenRows(self._faults)
        self._passed: Counter[str] = Counter()
        self._died_at: Counter[str] = Counter()
        tenants = TENANTS[: self._rng.randint(1, len(TENANTS))][: trial.tenants]
        self._clinics = {one: Clinic(one, self._rng, agents_max=trial.agents) for one in tenants}
        self._doors = [self._make_door(tenant_id) for tenant_id in tenants]
        self._people = {door.tenant_id: People(door, self._vanished) for door in self._doors}
        self._processes = self._make_processes()
        self._calm = Calm(self._ledger, self._true_clock.now_ms, self._vanished)
        self._calls: Counter[str] = Counter()

    async def live(self) -> WorldReport:
        """From the first start to the judgement."""
        for process in self._processes:
            process.start()
        onlookers = [self._make_onlooker(tenant_id) for tenant_id in self._clinics]
        watching = [asyncio.create_task(onlooker.watch()) for onlooker in onlookers]
        clients = [*(door.node for door in self._doors), *(onlooker.node for onlooker in onlookers)]
        trouble = Trouble(self._faults, self._network, self._broadcast, self._processes, clients)
        trouble.begin()
        observer = asyncio.create_task(self._observe())
        try:
            async with asyncio.timeout(self._storm_s + CALM_S):
                await self._live_a_morning(trouble)
        except TimeoutError:
            self._ledger.says("somebody waits for an answer long after everything was well again")
        await self._converge()
        for task in (observer, *watching):
            task.cancel()
        await self._verify()
        self._judge()
        return self._report()

    # -- making it ---------------------------------------------------------------------------------

    def _make_door(self, tenant_id: str) -> Door:
        door = Door(tenant_id, self._ledger, self._rng, self._true_clock.now_ms)
        door.send_to_owner = self._sender(door.node)
        return door

    def _make_onlooker(self, tenant_id: str) -> Onlooker:
        onlooker = self._broadcast.onlookers[tenant_id] = Onlooker(tenant_id, self._ledger, self._sender)
        return onlooker

    def _sender(self, node: Node) -> SendToOwner:
        self._directory.nodes[node.name] = node
        return SimulatedPeers(node, self._directory, self._network).send

    def _make_processes(self) -> list[Process]:
        """Of each kind at least one, at most one for each partition, which are dealt out among them."""
        around = Surroundings(
            self._directory,
            self._network,
            self._store,
            self._faults,
            self._ledger,
            self._broadcast,
            self._rows,
            self._passed,
            self._died_at,
        )
        numbers = sorted(map(partition_of, self._clinics))
        processes: list[Process] = []
        for kind in Kind:
            count = self._rng.randint(1, len(numbers))
            processes += [
                Process(kind, f"{kind.value}-{index}", numbers[index::count], around) for index in range(count)
            ]
        return processes

    # -- living ------------------------------------------------------------------------------------

    async def _live_a_morning(self, trouble: Trouble) -> None:
        """Until everyone has got their answers."""
        async with asyncio.TaskGroup() as people:
            for door in self._doors:
                people.create_task(self._busy_morning(door, people))
            await asyncio.sleep(self._storm_s)
            trouble.end()
            self._heal()
            if self._rng.random() < AFTERMATH:
                await asyncio.sleep(SETTLED_S)
                for door in self._doors:
                    people.create_task(self._callers(door, people, self._storm_s + SETTLED_S + AFTERMATH_S))

    async def _busy_morning(self, door: Door, people: asyncio.TaskGroup) -> None:
        tenant_id = door.tenant_id
        clinic, here = self._clinics[tenant_id], self._people[tenant_id]
        office = Office(clinic, door, here)
        await office.set_up()
        here.begin([settings.agent_id for settings in clinic.agents])
        people.create_task(office.work())
        await self._callers(door, people, self._storm_s)

    async def _callers(self, door: Door, people: asyncio.TaskGroup, until_s: float) -> None:
        """One after the other, more or less often."""
        tenant_id, rng = door.tenant_id, self._rng
        mean_s = rng.choice([0.3, 0.6, 1.5])
        while asyncio.get_running_loop().time() < until_s and self._calls[tenant_id] < self._trial.callers:
            await asyncio.sleep(rng.expovariate(1 / mean_s))
            self._calls[tenant_id] += 1
            queue = rng.choice(self._clinics[tenant_id].queues)
            call_id = f"{tenant_id}-k{self._calls[tenant_id]}"
            patience_s = rng.expovariate(1 / 12)
            people.create_task(self._people[tenant_id].be_caller(call_id, queue.queue_id, patience_s))

    async def _observe(self) -> None:
        """Look at everything now and then, and at what must hold in calm once it is calm."""
        healed_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            restarted = self._faults.healed and self._restart_what_ended()
            quiet = (self._faults.healed or self._faults.plan == CALM) and not restarted
            healed_s = healed_s + LOOK_EVERY_S if quiet else 0.0
            if healed_s >= SETTLED_S:
                self._calm.begin()
            self._calm.look()
            for sentence in state_faults(self._ledger, self._processes, self._store):
                self._ledger.says(sentence)

    def _heal(self) -> None:
        self._faults.heal()
        for node in self._directory.nodes.values():
            node.resume()
        self._restart_what_ended()
        for door in self._doors:
            door.cooperative = True

    def _restart_what_ended(self) -> bool:
        """What a supervisor of processes does: start again who was killed or lost partitions. Whether there was one.

        Whoever lost a partition in the storm ends a while after it, so that this is not over when the storm is.
        """
        ended = [process for process in self._processes if process.ended]
        for process in ended:
            process.start()
        return bool(ended)

    async def _converge(self) -> None:
        """Wait until everyone who was in line has been served, but not forever."""
        deadline_s = asyncio.get_running_loop().time() + CALM_S
        found: list[str] = []
        while asyncio.get_running_loop().time() < deadline_s:
            await asyncio.sleep(1.0)
            found = self._open_ends()
            if not found:
                return
        for sentence in found:
            self._ledger.says(sentence)

    def _open_ends(self) -> list[str]:
        """What is still open; and once nothing is, what was made of the journals and is not what they say."""
        found = open_ends(self._ledger, self._processes)
        return found or view_faults(self._processes, self._broadcast, self._rows, self._store)

    # -- judging it --------------------------------------------------------------------------------

    async def _verify(self) -> None:
        """Every snapshot, picture and row is what the whole journal leads to."""
        report = await verify(self._store, self._rows, lambda _: None)
        for finding in report.findings:
            self._ledger.says(f"{finding.code}: {finding.where}: {finding.sentence}")

    def _judge(self) -> None:
        for people in self._people.values():
            for call_id in sorted(people.acknowledged):
                call = self._ledger.calls.calls.get(call_id)
                if call is None:
                    self._ledger.says(f"{call_id} was acknowledged and is lost")
                elif call.state is ENDED and not (call.leased or call_id in people.asked_to_end):
                    self._ledger.says(f"{call_id} ended although nobody asked for it")
        for process in self._processes:
            for error in process.failures():
                self._ledger.says(f"{process.kind.value} died of {error!r}")

    def _report(self) -> WorldReport:
        return WorldReport(
            self._trial,
            self._network.steps,
            self._calls.total(),
            tuple(self._ledger.violations),
            {kind: times for kind, times in self._faults.count.items() if times},
            tuple(classes_of(self._faults.plan)),
            dict(self._ledger.lived),
            dict(self._passed),
            dict(self._died_at),
        )


def live_through(trial: Trial, plan: FaultPlan | None = None) -> WorldReport:
    """One world, from its trial to its report. `plan` stands in for the faults that the seed would draw."""

    async def live() -> WorldReport:
        return await World(trial, plan).live()

    gc.disable()  # a world is small and soon over; collecting it piecemeal takes a tenth of the time
    try:
        with quiet():
            return run_virtual(live())
    finally:
        gc.enable()


def live_through_all(trials: Sequence[Trial]) -> list[WorldReport]:
    """Several worlds, one after the other: the share of one process."""
    return [live_through(trial) for trial in trials]
