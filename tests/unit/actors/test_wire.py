"""The wire: plain MessagePack that another reader understands, pieces that fit, and refusal of what is not ours."""

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.reads import PAGE_ITEMS_MAX, answer
from actors.wire import (
    CHUNK_BYTES_MAX,
    FRAME_BYTES_MAX,
    Envelope,
    FeedFacts,
    Frame,
    NotOwner,
    Read,
    Subscribe,
    chunks,
    decode,
    encode,
    pages,
)
from engine import events as e
from engine import messages as m
from engine.commands import Command, EnqueueCall, Outcome
from engine.principals import SYSTEM
from engine.roster import Roster
from engine.settings import AgentSettings, QueueSettings
from engine.switchboard import Switchboard
from persistence.journal import Kind
from tests.unit.actors.stand import BOSS

FRAMES: tuple[Frame, ...] = (
    Envelope("ash", 3, Command("ash", "c1", 5, BOSS, EnqueueCall("k1", "desk"))),
    Envelope("ash", 3, Outcome("c1", position=2, ewt_s=1.5)),
    Envelope("ash", 0, m.HoldingDigest((m.HeldOffer("k1#1", "k1", "ann", 4),))),
    Subscribe(7, 1, None),
    FeedFacts(7, 3, 10, (("ash", b"\x00"),)),
    NotOwner(Kind.AGENT, 7),
)


def test_frames_then_they_read_as_they_were_written() -> None:
    assert decode(encode(FRAMES)) == FRAMES


def test_frames_then_an_independent_reader_understands_them() -> None:
    plain = msgpack.unpackb(encode(FRAMES))
    assert plain[0]["body"]["body"] == {
        "type": "enqueue_call",
        "call_id": "k1",
        "queue_id": "desk",
        "subject_id": None,
        "channel": "voice",
        "priority": None,
        "needs": [],
        "leased": False,
    }
    assert plain[-1] == {"type": "not_owner", "kind": "agent", "partition": 7}


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xc1", b"\x91", b"no", msgpack.packb({"type": "sub"}), msgpack.packb([{"type": "unknown"}]), b"\x91" * 99],
)
def test_something_else_then_refused(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(payload)


@given(st.binary(max_size=200))
def test_any_bytes_then_frames_or_a_refusal_and_nothing_worse(payload: bytes) -> None:
    try:
        frames = decode(payload)
    except msgspec.DecodeError:
        return
    assert isinstance(frames, tuple)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1, 5 * CHUNK_BYTES_MAX])
def test_payload_of_any_size_then_pieces_that_fit(size: int) -> None:
    payload = bytes(size)
    pieces = chunks(payload)
    assert b"".join(piece for piece, _ in pieces) == payload
    assert [more for _, more in pieces] == [True] * (len(pieces) - 1) + [False]
    assert max(len(piece) for piece, _ in pieces) <= CHUNK_BYTES_MAX


@given(st.lists(st.integers(0, CHUNK_BYTES_MAX), max_size=20))
def test_facts_of_any_size_then_pages_that_fit_in_the_same_order(sizes: list[int]) -> None:
    facts = [("ash", bytes(size)) for size in sizes]
    found = pages(facts)
    assert [fact for page in found for fact in page] == facts
    assert all(page for page in found)
    assert all(len(encode((FeedFacts(7, 3, 10, page),))) <= FRAME_BYTES_MAX for page in found)


def roster(count: int, queues: tuple[str, ...] = ()) -> Roster:
    found = Roster("ash")
    for n in range(count):
        event = e.AgentConfigured(AgentSettings(f"a{n:04}", queues))
        found.evolve(e.Fact(0, e.Cause(SYSTEM), event), n + 1)
    return found


def test_read_page_by_page_then_everyone_once() -> None:
    source, seen, after, more = roster(450), [], "", True
    while more:
        result = answer(source, 3, Read("ash", "r1", "agents", after, limit=1_000))
        assert 0 < len(result.agents) <= PAGE_ITEMS_MAX
        seen += [agent.agent_id for agent in result.agents]
        after, more = seen[-1], result.more
    assert seen == sorted(source.agents)


def test_read_of_large_items_then_pages_that_fit_a_frame() -> None:
    result = answer(roster(300, tuple(f"{n:064}" for n in range(200))), 3, Read("ash", "r1", "agents"))
    assert result.more
    assert len(result.agents) >= 1
    assert len(encode((result,))) <= FRAME_BYTES_MAX


@pytest.mark.parametrize("limit", [-1, 0, 1])
def test_read_with_a_silly_limit_then_one(limit: int) -> None:
    assert len(answer(roster(3), 3, Read("ash", "r1", "agents", limit=limit)).agents) == 1


def test_read_of_one_then_it_or_nothing() -> None:
    board = Switchboard("ash")
    board.evolve(e.Fact(0, e.Cause(SYSTEM), e.QueueConfigured(QueueSettings("desk", "Desk"))), 1)
    queued = e.CallQueued("k1", "desk", None, "voice", 0, (), leased=False)
    board.evolve(e.Fact(0, e.Cause(SYSTEM), queued), 2)
    assert [call.call_id for call in answer(board, 3, Read("ash", "r", "call", "k1")).calls] == ["k1"]
    assert answer(board, 3, Read("ash", "r", "call", "k2")).calls == ()
    assert [call.call_id for call in answer(board, 3, Read("ash", "r", "calls")).calls] == ["k1"]
    assert [queue.queue_id for queue in answer(board, 3, Read("ash", "r", "queues")).queues] == ["desk"]
    assert [one.agent_id for one in answer(roster(2), 3, Read("ash", "r", "agent", "a0001")).agents] == ["a0001"]
    assert answer(board, 3, Read("ash", "r", "secrets")).calls == ()
