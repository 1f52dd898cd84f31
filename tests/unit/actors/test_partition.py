"""Serving followers: from the newest facts, from a snapshot, or by telling where the journal stands."""

import pytest

from actors.domain import QUEUE_DOMAIN
from actors.partition import RECENT_FACTS_MAX, Partition
from actors.wire import FRAME_BYTES_MAX, FeedChunk, FeedFacts, FeedReady, Subscribe, encode
from engine import events as e
from engine.principals import SYSTEM
from engine.settings import QueueSettings
from engine.skills import SkillNeed
from engine.switchboard.snapshot import load
from persistence.journal import Claim, Entry
from tests.unit.actors.stand import ASH, ELM, FakeLink

NUMBER = 7


def committed(partition: Partition, *events: e.QueueEvent, tenant_id: str = ASH) -> None:
    """These events have happened and are durable."""
    entries = []
    for event in events:
        partition.position += 1
        fact = e.Fact(partition.position, e.Cause(SYSTEM), event)
        partition.aggregate(tenant_id).evolve(fact, partition.position)
        payload = e.encode_fact(fact)
        entries.append(Entry(NUMBER, partition.position, tenant_id, e.event_type(event), fact.at_ms, payload))
    partition.publish(entries)


def arrival(n: int, needs: tuple[SkillNeed, ...] = ()) -> e.CallQueued:
    return e.CallQueued(f"k{n}", "desk", None, "voice", 0, needs, leased=False)


def opened() -> Partition:
    partition = Partition(QUEUE_DOMAIN, Claim(NUMBER, 3, 0))
    committed(partition, e.QueueConfigured(QueueSettings("desk", "Desk")))
    return partition


def subscribed(partition: Partition, after: int | None) -> FakeLink:
    link = FakeLink()
    partition.subscribe(link, Subscribe(NUMBER, 1, after))
    return link


def test_follower_missed_a_few_then_it_gets_those() -> None:
    partition = opened()
    committed(partition, *(arrival(n) for n in range(9)))
    link = subscribed(partition, 4)
    assert link.frames[0] == FeedReady(NUMBER, 3, 1, 4, reset=False)
    (facts,) = link.of(FeedFacts)
    assert (facts.after, len(facts.facts)) == (4, 6)
    committed(partition, arrival(10))
    assert link.of(FeedFacts)[-1].after == 10


def test_follower_missed_nothing_then_ready_and_no_facts() -> None:
    assert subscribed(opened(), 1).frames == [FeedReady(NUMBER, 3, 1, 1, reset=False)]


@pytest.mark.parametrize("after", [None, 0, 5])
def test_follower_is_new_or_too_far_behind_or_ahead_then_the_whole_state(after: int | None) -> None:
    partition = opened()
    partition.recent.clear()
    committed(partition, arrival(1))
    committed(partition, e.QueueConfigured(QueueSettings("till", "Till")), tenant_id=ELM)
    partition.recent.popleft()
    link = subscribed(partition, after)
    states = {chunk.tenant_id: load(chunk.payload) for chunk in link.of(FeedChunk)}
    assert list(states) == [ASH, ELM]
    assert states[ASH].lines["desk"].call_ids() == ["k1"]
    assert link.frames[-1] == FeedReady(NUMBER, 3, 1, 3, reset=True)


def test_state_is_large_then_it_comes_in_pieces_that_fit() -> None:
    partition = opened()
    committed(partition, *(arrival(n) for n in range(1_000)))
    partition.recent.clear()
    link = subscribed(partition, None)
    chunks = link.of(FeedChunk)
    assert [chunk.more for chunk in chunks] == [True] * (len(chunks) - 1) + [False]
    assert len(load(b"".join(chunk.payload for chunk in chunks)).calls) == 1_000
    assert all(len(encode((frame,))) <= FRAME_BYTES_MAX for frame in link.frames)


def test_batch_is_large_then_its_facts_come_in_frames_that_fit_and_follow_each_other() -> None:
    partition = opened()
    link = subscribed(partition, 1)
    needs = tuple(SkillNeed("x" * 60 + str(n), 1) for n in range(20))
    committed(partition, *(arrival(n, needs) for n in range(500)))
    frames = link.of(FeedFacts)
    assert len(frames) > 10
    assert all(len(encode((frame,))) <= FRAME_BYTES_MAX for frame in frames)
    position = 1
    for frame in frames:
        assert frame.after == position
        position += len(frame.facts)
    assert position == partition.committed


def test_link_is_closed_then_forgotten() -> None:
    partition = opened()
    link = subscribed(partition, 1)
    link.closed = True
    partition.heartbeat()
    assert partition.followers == []


def test_same_link_subscribes_again_then_it_gets_each_fact_once() -> None:
    partition = opened()
    link = subscribed(partition, 1)
    partition.subscribe(link, Subscribe(NUMBER, 2, 1))
    committed(partition, arrival(1))
    assert len(link.of(FeedFacts)) == 1


def test_many_facts_then_only_the_newest_are_kept() -> None:
    partition = opened()
    partition.publish([Entry(NUMBER, n, ASH, "call_queued", n, b"x") for n in range(2, RECENT_FACTS_MAX + 12)])
    assert len(partition.recent) == RECENT_FACTS_MAX
    assert partition.recent[-1].position == partition.committed
