"""Whatever happens to whole processes, clients, clocks and the shared store, at moments from the seed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from actors.simulation.faults import Faults
from actors.simulation.network import Network, Node
from actors.simulation.onlookers import Broadcast
from actors.simulation.processes import DOWN_S_MAX, Process
from persistence.journal import Kind

PAUSED_S_MAX = 3.0
SLOW_S_MAX = 4.0
JUMP_MS_MAX = 3_000
"""How far a clock jumps at most, forwards or back."""


class Trouble:
    """Strikes now and then, as often as the plan says."""

    def __init__(
        self,
        faults: Faults,
        network: Network,
        broadcast: Broadcast,
        processes: Sequence[Process],
        clients: Sequence[Node],
    ) -> None:
        self._faults = faults
        self._rng = faults.rng
        self._network = network
        self._broadcast = broadcast
        self._processes = processes
        self._clients = clients
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        plan = self._faults.plan
        deeds: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (plan.kill_every_s, self._kill),
            (plan.pause_every_s, self._pause),
            (plan.usurp_every_s, self._usurp),
            (plan.move_every_s, self._move),
            (plan.clock_jump_every_s, self._jump),
            (plan.empty_every_s, self._empty),
            (plan.slow_every_s, self._slow),
            (plan.reconnect_every_s, self._reconnect),
        ]
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._every(mean_s, deed)) for mean_s, deed in deeds if mean_s]

    def end(self) -> None:
        """No more of it: whoever was stopped goes on, and clocks are set right."""
        for task in self._tasks:
            task.cancel()
        for process in self._processes:
            process.clock.jump_ms = 0

    async def _every(self, mean_s: float, deed: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / mean_s))
            await deed()

    async def _kill(self) -> None:
        process = self._rng.choice(self._processes)
        self._faults.count["process_killed"] += 1
        process.kill()
        await asyncio.sleep(self._rng.uniform(0.05, DOWN_S_MAX))
        process.start()

    async def _pause(self) -> None:
        """Stop a process; perhaps start its successor; let the old one go on."""
        process, rng = self._rng.choice(self._processes), self._rng
        zombie = process.node
        self._faults.count["process_paused"] += 1
        process.pause()
        await asyncio.sleep(rng.uniform(0.1, PAUSED_S_MAX))
        if rng.random() < 0.7:
            self._faults.count["two_incarnations"] += 1
            process.start()
            await asyncio.sleep(rng.uniform(0.1, PAUSED_S_MAX))
        if zombie is not None and zombie.alive:
            self._faults.count["woke_after_successor"] += zombie is not process.node
            zombie.resume()

    async def _usurp(self) -> None:
        """A second incarnation beside the first, and neither knows of the other."""
        self._faults.count["usurped"] += 1
        self._rng.choice(self._processes).start()

    async def _move(self) -> None:
        """One partition to another process of its kind. Who had it must find out by itself."""
        rng = self._rng
        kind = rng.choice(list(Kind))
        places = [process for process in self._processes if process.kind is kind]
        source = rng.choice([process for process in places if process.numbers])
        others = [process for process in places if process is not source]
        if not others:
            return
        target, number = rng.choice(others), rng.choice(source.numbers)
        self._faults.count["partition_moved"] += 1
        source.numbers.remove(number)
        target.numbers = sorted([*target.numbers, number])
        target.kill()
        target.start()
        if kind is Kind.ROUTER:  # claims nothing, and so is told
            source.kill()
            source.start()

    async def _jump(self) -> None:
        clock = self._rng.choice(self._processes).clock
        self._faults.count["clock_jumped"] += 1
        clock.jump_ms = self._rng.randint(-JUMP_MS_MAX, JUMP_MS_MAX)

    async def _empty(self) -> None:
        self._broadcast.empty()

    async def _slow(self) -> None:
        """A client that takes nothing for a while."""
        client = self._rng.choice(self._clients)
        self._faults.count["client_slow"] += 1
        client.pause()
        await asyncio.sleep(self._rng.uniform(0.2, SLOW_S_MAX))
        client.resume()

    async def _reconnect(self) -> None:
        self._faults.count["client_reconnected"] += 1
        self._network.isolate(self._rng.choice(self._clients))
