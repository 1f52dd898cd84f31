"""The live pictures of one partition: recovered, kept up to date by both feeds, saved now and then.

Saved are all tenants together, at one place in our own stream: a small entry per tenant moves the stream, and the
snapshots stand at its new end. Each snapshot says how far both journals had been followed by then, so that a recovery
reads on from there and no fact is skipped or counted twice.
"""

import msgspec

from actors.beginning import trusted_snapshots
from actors.follower import Follower
from engine.events import Fact
from engine.livepicture import TenantPicture
from engine.livepicture.stored import VERSION, dump, load
from persistence.journal import Claim, Entry, Journal, Kind, Snapshot

PICTURE_SAVED = "picture_saved"


class PictureSaved(msgspec.Struct, frozen=True, tag=PICTURE_SAVED):
    """The entry in our own stream: how far the two journals had been followed when the snapshot was taken."""

    queue_position: int
    agent_position: int


class PartitionPictures:
    """One claimed partition. `claim.position` is where our own stream stands."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.pictures: dict[str, TenantPicture] = {}
        self.changed: dict[str, None] = {}
        self.unsaved_facts = 0
        self.saved_at_ms = 0
        self._last_entry_at_ms = 0
        self.queue = self._follower(Kind.QUEUE, 0)
        self.agent = self._follower(Kind.AGENT, 0)

    @property
    def number(self) -> int:
        return self.claim.partition

    @property
    def followers(self) -> tuple[Follower, Follower]:
        return self.queue, self.agent

    def is_current(self, now_ms: int) -> bool:
        """Whether both owners are heard and nothing is missing."""
        return all(follower.is_current(now_ms) for follower in self.followers)

    def picture(self, tenant_id: str) -> TenantPicture:
        """The tenant's picture, empty for one that is seen for the first time."""
        found = self.pictures.get(tenant_id)
        if found is None:
            found = self.pictures[tenant_id] = TenantPicture(tenant_id)
        return found

    async def recover(self, journal: Journal, now_ms: int) -> None:
        """Load the newest snapshots in today's form, read both journals to their ends, and have everything shown."""
        positions: list[tuple[int, int]] = []
        followed = (Kind.QUEUE, Kind.AGENT)
        for snapshot in await trusted_snapshots(journal, Kind.SUPERVISOR, self.number, VERSION, followed):
            picture, queue_position, agent_position = load(snapshot.tenant_id, snapshot.payload)
            self.pictures[snapshot.tenant_id] = picture
            positions.append((queue_position, agent_position))
        self.queue = self._follower(Kind.QUEUE, min((queue for queue, _ in positions), default=0))
        self.agent = self._follower(Kind.AGENT, min((agent for _, agent in positions), default=0))
        for follower in self.followers:
            await follower.catch_up(journal)
        for picture in self.pictures.values():
            picture.paint(self.claim.epoch, now_ms)
        self.changed = {}
        self.saved_at_ms = now_ms
        async for page in journal.read(Kind.SUPERVISOR, self.number, self.claim.position - 1):
            self._last_entry_at_ms = page[-1].at_ms

    async def save(self, journal: Journal, now_ms: int) -> bool:
        """Make all pictures durable; False if the claim is not ours, or not as we know it, any more.

        Raises `StoreError`: nothing is lost then, the older snapshots hold.
        """
        claim, facts = self.claim, self.unsaved_facts
        saved = PictureSaved(self.queue.position or 0, self.agent.position or 0)
        payload = msgspec.msgpack.encode(saved)
        self._last_entry_at_ms = at_ms = max(now_ms, self._last_entry_at_ms)
        entries = [
            Entry(self.number, position, tenant_id, PICTURE_SAVED, at_ms, payload)
            for position, tenant_id in enumerate(self.pictures, start=claim.position + 1)
        ]
        end = claim.position + len(entries)
        snapshots = [
            Snapshot(self.number, tenant_id, end, dump(picture, saved.queue_position, saved.agent_position))
            for tenant_id, picture in self.pictures.items()
        ]
        if self.number not in await journal.append(Kind.SUPERVISOR, [claim], entries):
            return False
        self.claim = Claim(claim.partition, claim.epoch, end)
        if not await journal.save_snapshots(Kind.SUPERVISOR, self.claim, snapshots):
            return False
        self.unsaved_facts -= facts
        self.saved_at_ms = now_ms
        return True

    def _follower(self, kind: Kind, after: int) -> Follower:
        on_fact = self._queue_fact if kind is Kind.QUEUE else self._agent_fact
        return Follower(kind, self.number, on_reset=_never, on_fact=on_fact, after=after)

    def _queue_fact(self, tenant_id: str, fact: Fact, position: int) -> None:
        self.picture(tenant_id).queue_fact(fact, position)
        self._noticed(tenant_id)

    def _agent_fact(self, tenant_id: str, fact: Fact, position: int) -> None:
        self.picture(tenant_id).agent_fact(fact, position)
        self._noticed(tenant_id)

    def _noticed(self, tenant_id: str) -> None:
        self.changed[tenant_id] = None
        self.unsaved_facts += 1


def _never(_: dict[str, bytes]) -> None:
    raise AssertionError("a follower of the journal takes no states")
