"""Open steps on their way: asked when they open, again every unanswered second, never after they closed."""

from actors.outbox import ASK_AGAIN_MS, Outbox
from engine import messages as m
from engine.events import OfferTerms
from engine.steps import OpenSteps

OFFER = m.MakeOffer("k1#1", "ann", "k1", "desk", None, 0, (), 0, 99, 1, OfferTerms(1.0, False, 1, 1.0))
RELEASE = m.ReleaseOffer("k1#1", "ann", connected=False, deadline_ms=99)


def opened(*steps: m.Step) -> OpenSteps[m.Step]:
    found: OpenSteps[m.Step] = OpenSteps()
    for step in steps:
        found.open(step.offer_id, step)
    return found


def test_step_opens_then_asked_now_and_every_second() -> None:
    outbox = Outbox()
    assert outbox.collect("ash", opened(OFFER), 0) == [OFFER]
    assert outbox.due(ASK_AGAIN_MS - 1) == []
    assert outbox.due(ASK_AGAIN_MS) == [("ash", OFFER)]
    assert outbox.due(ASK_AGAIN_MS) == []
    assert outbox.next_deadline_ms() == 2 * ASK_AGAIN_MS


def test_step_closes_then_not_asked_any_more() -> None:
    outbox, steps = Outbox(), opened(OFFER)
    outbox.collect("ash", steps, 0)
    steps.close(OFFER.offer_id)
    assert outbox.collect("ash", steps, 0) == []
    assert (outbox.due(9_000), outbox.next_deadline_ms(), len(outbox)) == ([], None, 0)


def test_offer_is_held_then_not_repeated_but_its_release_is() -> None:
    outbox, steps = Outbox(), opened(OFFER)
    outbox.collect("ash", steps, 0)
    outbox.confirmed("ash", OFFER.offer_id)
    assert outbox.due(9_000) == []
    steps.open(OFFER.offer_id, RELEASE)
    assert outbox.collect("ash", steps, 9_000) == [RELEASE]
    outbox.confirmed("ash", OFFER.offer_id)
    assert outbox.due(9_000 + ASK_AGAIN_MS) == [("ash", RELEASE)]


def test_confirmation_of_an_unknown_step_then_nothing() -> None:
    outbox = Outbox()
    outbox.confirmed("ash", "k9#1")
    assert outbox.due(9_000) == []


def test_recovery_then_everything_open_is_asked_at_once() -> None:
    outbox = Outbox()
    outbox.recovered("ash", opened(OFFER), 50)
    assert outbox.due(50) == [("ash", OFFER)]


def test_same_offer_id_of_two_tenants_then_they_do_not_meet() -> None:
    outbox = Outbox()
    outbox.collect("ash", opened(OFFER), 0)
    outbox.collect("elm", opened(OFFER), 0)
    outbox.forget("ash")
    assert outbox.due(ASK_AGAIN_MS) == [("elm", OFFER)]
