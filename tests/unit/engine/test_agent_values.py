"""An agent's numbers after each event, exactly: what strategies and screens go by."""

from msgspec.structs import asdict

from engine import events as e
from engine.agent import Agent, EngagementState, Presence, configured, evolve
from engine.settings import AgentSettings

TERMS = e.OfferTerms(2.0, disposition_required=False, rona_away_after=2, rest_after_decline_s=1.0)
RING = e.OfferMade("ann", "k1#1", "k1", "desk", "s1", 5, 90, 400, 7, TERMS)


def after(*events: tuple[e.PresentAgentEvent, int]) -> Agent:
    """Ann, configured at 100, after these events at these times; their positions begin at 2."""
    agent = configured(None, AgentSettings("ann", ("desk",)), 100, 1)
    for position, (event, at_ms) in enumerate(events, start=2):
        agent = evolve(agent, event, at_ms, position)
    return agent


def changed(before: Agent, now: Agent) -> dict[str, object]:
    """The fields that differ, beside what they are engaged in."""
    old = asdict(before)
    return {name: value for name, value in asdict(now).items() if value != old[name] and name != "engagements"}


AVAILABLE = (e.PresenceChosen("ann", "available", ""), 200)
TALK = (
    AVAILABLE,
    (RING, 300),
    (e.OfferAccepted("ann", "k1#1"), 310),
    (e.AssignmentStarted("ann", "k1#1"), 320),
    (e.WrapUpStarted("ann", "k1#1", 900), 800),
    (e.WrapUpCompleted("ann", "k1#1", "k1", "desk", 800, "booked"), 850),
)


def test_signed_on_then_idle_since_then() -> None:
    assert changed(after(), after(AVAILABLE)) == {
        "version": 2,
        "base": Presence.AVAILABLE,
        "base_since_ms": 200,
        "idle_since_ms": 200,
    }


def test_ring_then_all_that_the_offer_said_is_held() -> None:
    agent = after(*TALK[:2])
    assert changed(after(AVAILABLE), agent) == {
        "version": 3,
        "last_offered_at_ms": 300,
        "last_offered_queue_id": "desk",
    }
    (held,) = agent.engagements
    assert asdict(held) == {
        **{name: value for name, value in asdict(RING).items() if name != "agent_id"},
        "state": EngagementState.RINGING,
        "since_ms": 300,
        "until_ms": 400,
        "answered_at_ms": None,
    }


def test_conversation_then_counted_with_its_length_and_idle_after_wrap_up() -> None:
    (accepting,), (live,) = after(*TALK[:3]).engagements, after(*TALK[:4]).engagements
    assert (accepting.since_ms, accepting.until_ms, accepting.answered_at_ms) == (310, None, None)
    assert (live.since_ms, live.until_ms, live.answered_at_ms) == (320, None, 320)
    (wrap_up,) = after(*TALK[:5]).engagements
    assert (wrap_up.since_ms, wrap_up.until_ms, wrap_up.answered_at_ms) == (800, 900, 320)
    assert changed(after(AVAILABLE), after(*TALK)) == {
        "version": 7,
        "last_offered_at_ms": 300,
        "last_offered_queue_id": "desk",
        "answered": 1,
        "talk_ms": 480,
        "conversation_ended_at_ms": 800,
        "idle_since_ms": 850,
    }


def test_away_and_back_then_counts_go_on_and_after_signing_off_they_begin_anew() -> None:
    away, back = (e.PresenceChosen("ann", "away", "lunch"), 1_000), (e.PresenceChosen("ann", "available", ""), 1_100)
    rested = after(*TALK, away, back)
    assert (rested.answered, rested.talk_ms, rested.idle_since_ms, rested.reason) == (1, 480, 1_100, "")
    assert (after(*TALK, away).reason, after(*TALK, away).idle_since_ms) == ("lunch", 850)
    anew = after(*TALK, (e.PresenceChosen("ann", "offline", ""), 1_000), back)
    assert (anew.answered, anew.talk_ms) == (0, 0)
