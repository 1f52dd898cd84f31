"""The judge finds what is wrong: a call that the journal does not know, two winners, a write past the fence."""

from benchmarks.calls.ledger import Ledger
from benchmarks.chaos.audit import Audit, Verdict
from engine import events as e
from engine.events import Cause, Event, Fact, encode_fact
from engine.principals import SYSTEM
from persistence.journal import Claim, Entry, Kind, partition_of
from persistence.memory.journal import MemoryJournal

TENANT = "ash"
PARTITION = partition_of(TENANT)


class Stand:
    """A journal that this test writes, and the judge that reads it."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.ledger = Ledger()
        self.held: set[str] = set()
        self.audit = Audit(self.journal, TENANT, self.ledger, self.held)
        self._position = 0

    def acknowledged(self, *call_ids: str) -> None:
        for call_id in call_ids:
            self.ledger.scheduled(call_id, 1.0)
            self.ledger.answered(call_id, "ok", 2.0)

    async def claim(self) -> Claim:
        [claim] = await self.journal.claim(Kind.QUEUE, [PARTITION], "here")
        return claim

    async def write(self, claim: Claim, *events: Event) -> None:
        facts = [Fact(1, Cause(SYSTEM), event) for event in events]
        entries = [
            Entry(PARTITION, self._position + number, TENANT, "x", 1, encode_fact(fact))
            for number, fact in enumerate(facts, 1)
        ]
        held = Claim(PARTITION, claim.epoch, self._position)
        assert await self.journal.append(Kind.QUEUE, [held], entries) == {PARTITION}
        self._position += len(entries)


def queued(call_id: str) -> e.CallQueued:
    return e.CallQueued(call_id, "q", None, "voice", 0, (), leased=False)


def ended(call_id: str) -> e.CallEnded:
    summary = e.CallSummary("q", None, None, None, 0, 0, 1, None, None, 0)
    return e.CallEnded(call_id, e.CallOutcome.ABANDONED, release=False, summary=summary)


async def test_acknowledged_calls_all_stand_in_the_journal_then_nothing_is_found() -> None:
    stand = Stand()
    stand.acknowledged("one", "two")
    await stand.write(await stand.claim(), queued("one"), queued("two"))
    assert await stand.audit.look() == Verdict()


async def test_acknowledged_call_is_unknown_to_the_journal_then_it_is_lost_until_it_turns_up() -> None:
    stand = Stand()
    claim = await stand.claim()
    stand.acknowledged("one", "two")
    await stand.write(claim, queued("one"))
    assert await stand.audit.look() == Verdict(lost_calls=1)
    await stand.write(claim, queued("two"))
    assert await stand.audit.look() == Verdict()


async def test_refused_call_is_unknown_to_the_journal_then_it_is_not_lost() -> None:
    stand = Stand()
    await stand.claim()
    stand.ledger.scheduled("one", 1.0)
    stand.ledger.answered("one", "outcome_unknown", 2.0)
    assert await stand.audit.look() == Verdict()


async def test_call_that_nobody_serves_has_ended_then_it_is_lost() -> None:
    stand = Stand()
    stand.held.add("waits")
    claim = await stand.claim()
    await stand.write(claim, queued("waits"))
    assert await stand.audit.look() == Verdict()
    await stand.write(claim, ended("waits"))
    assert await stand.audit.look() == Verdict(lost_calls=1)


async def test_second_winner_between_two_looks_then_it_is_counted_once() -> None:
    stand = Stand()
    stand.acknowledged("one")
    claim = await stand.claim()
    await stand.write(claim, queued("one"), e.CallConnected("one", "offer-1"))
    assert await stand.audit.look() == Verdict()
    await stand.write(claim, e.CallConnected("one", "offer-2"))
    assert await stand.audit.look() == await stand.audit.look() == Verdict(double_offers=1)


async def test_softphones_saw_two_winners_then_the_clients_account_counts_too() -> None:
    stand = Stand()
    stand.acknowledged("one")
    await stand.write(await stand.claim(), queued("one"))
    stand.ledger.connected("one", "offer-1", 3.0)
    stand.ledger.connected("one", "offer-2", 4.0)
    assert await stand.audit.look() == Verdict(double_offers=1)


async def test_write_after_a_newer_claim_then_it_is_stale() -> None:
    stand = Stand()
    first = await stand.claim()
    await stand.write(first, queued("one"))
    second = await stand.claim()
    await stand.write(second, queued("two"))
    assert await stand.audit.look() == Verdict()
    await stand.write(second, queued("three"))
    stand.journal.epochs[Kind.QUEUE, PARTITION][-1] = first.epoch
    assert await stand.audit.look() == Verdict(stale_writes=1)
