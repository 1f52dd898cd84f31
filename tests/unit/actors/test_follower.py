"""Following a partition: no gap, nothing twice, nothing of a former owner, no pieces of two answers."""

import pytest

from actors.follower import RETRY_MS, SILENCE_MS, Follower
from actors.wire import FeedChunk, FeedFacts, FeedReady, Subscribe
from engine import events as e
from engine.principals import SYSTEM
from persistence.journal import Kind
from tests.unit.actors.stand import ASH, ELM, FakePeers

FACT = e.encode_fact(e.Fact(0, e.Cause(SYSTEM), e.CallHeld("k1")))


class Following:
    """A follower with what it was told, and the owner's side by hand."""

    def __init__(self) -> None:
        self.peers = FakePeers()
        self.resets: list[dict[str, bytes]] = []
        self.facts: list[tuple[str, int]] = []
        self.epoch = 2
        self.follower = Follower(Kind.QUEUE, 7, on_reset=self.resets.append, on_fact=self._fact)

    def _fact(self, tenant_id: str, _fact: e.Fact, position: int) -> None:
        self.facts.append((tenant_id, position))

    def requests(self) -> list[Subscribe]:
        return self.peers.of(Subscribe)

    def tick(self, now_ms: int) -> None:
        self.follower.tick(self.peers, now_ms)

    def chunk(self, payload: bytes, *, more: bool = False, tenant_id: str = ASH, request: int | None = None) -> None:
        number = request if request is not None else self.requests()[-1].request
        self.hear(FeedChunk(7, self.epoch, number, tenant_id, payload, more))

    def ready(self, position: int, *, reset: bool = True, request: int | None = None, now_ms: int = 0) -> None:
        number = request if request is not None else self.requests()[-1].request
        self.hear(FeedReady(7, self.epoch, number, position, reset), now_ms)

    def say(self, after: int, count: int, now_ms: int = 0) -> None:
        self.hear(FeedFacts(7, self.epoch, after, ((ASH, FACT),) * count), now_ms)

    def hear(self, frame: FeedChunk | FeedReady | FeedFacts, now_ms: int = 0) -> None:
        self.follower.receive(self.peers, frame, now_ms)


@pytest.fixture
def following() -> Following:
    """Synced at position 10."""
    found = Following()
    found.tick(0)
    found.chunk(b"state")
    found.ready(10)
    assert found.follower.synced
    return found


def test_start_then_it_asks_for_the_whole_and_again_until_answered() -> None:
    following = Following()
    following.tick(0)
    following.tick(RETRY_MS - 1)
    following.tick(RETRY_MS)
    assert [one.after for one in following.requests()] == [None, None]
    assert not following.follower.synced


def test_state_comes_in_pieces_then_put_together_by_tenant() -> None:
    following = Following()
    following.tick(0)
    following.chunk(b"as", more=True)
    following.chunk(b"elm", tenant_id=ELM)
    following.chunk(b"h")
    following.ready(10)
    assert following.resets == [{ASH: b"ash", ELM: b"elm"}]
    assert (following.follower.position, following.follower.synced) == (10, True)


def test_pieces_of_two_answers_then_only_those_of_the_newest_count() -> None:
    following = Following()
    following.tick(0)
    following.chunk(b"old-", more=True)
    following.tick(RETRY_MS)
    following.chunk(b"rest of the old", request=1)
    following.chunk(b"new")
    following.ready(5, request=1)
    assert following.resets == []
    following.ready(10)
    assert following.resets == [{ASH: b"new"}]


def test_facts_follow_then_each_is_told_once(following: Following) -> None:
    following.say(10, 2)
    following.say(10, 3)
    following.say(12, 2)
    assert following.facts == [(ASH, 11), (ASH, 12), (ASH, 13), (ASH, 14)]


def test_facts_leave_a_gap_then_asked_from_where_it_stands_and_nothing_is_told(following: Following) -> None:
    following.say(12, 1)
    assert following.facts == []
    assert not following.follower.synced
    assert following.requests()[-1].after == 10
    following.ready(10, reset=False)
    following.say(10, 3)
    assert [position for _, position in following.facts] == [11, 12, 13]


def test_heartbeat_is_ahead_then_that_is_a_gap_too(following: Following) -> None:
    following.say(11, 0)
    assert not following.follower.synced


def test_former_owner_speaks_then_not_heard(following: Following) -> None:
    following.epoch = 3
    following.say(10, 1)
    following.epoch = 2
    following.say(11, 5)
    following.ready(99)
    assert following.follower.position == 11
    assert following.resets == [{ASH: b"state"}]


def test_new_owner_then_half_an_answer_of_the_old_one_is_forgotten() -> None:
    following = Following()
    following.tick(0)
    following.chunk(b"old-", more=True)
    following.epoch = 3
    following.chunk(b"new")
    following.ready(10)
    assert following.resets == [{ASH: b"new"}]


def test_owner_is_silent_then_asked_again_and_heartbeats_prevent_it(following: Following) -> None:
    asked = len(following.requests())
    following.say(10, 0, now_ms=2_000)
    following.tick(2_000 + SILENCE_MS - 1)
    assert len(following.requests()) == asked
    following.tick(2_000 + SILENCE_MS)
    assert following.requests()[-1].after == 10


def test_state_is_older_than_what_is_known_then_not_taken(following: Following) -> None:
    following.say(10, 5)
    following.tick(SILENCE_MS)
    following.chunk(b"older")
    following.ready(12)
    assert following.resets == [{ASH: b"state"}]
    assert following.follower.position == 15


def test_link_is_lost_then_asked_again_at_once(following: Following) -> None:
    asked = len(following.requests())
    following.follower.lost()
    following.tick(RETRY_MS)
    assert len(following.requests()) == asked + 1


def test_facts_before_the_state_then_not_told() -> None:
    following = Following()
    following.tick(0)
    following.say(0, 3)
    assert following.facts == []
