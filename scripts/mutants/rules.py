"""What the engine guarantees, one breakage at a time: order, votes, deadlines, idempotence, who may be offered what."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from engine import agent as agents
from engine import call as calls
from engine import events as e
from engine import messages as m
from engine.agent import Agent
from engine.call import Call
from engine.commands import Command, Outcome
from engine.deadlines import Deadlines
from engine.decision import Decision
from engine.gates import pass_gates
from engine.memory import Remembered
from engine.offer import offer_id_for
from engine.outcomes import Outcomes
from engine.roster import commands as roster_commands
from engine.roster import offers as roster_offers
from engine.roster.book import Roster
from engine.routing.dispatcher import Bench
from engine.routing.order import Ordered
from engine.switchboard import board as boards
from engine.switchboard import commands as board_commands
from engine.switchboard import decide as board_decide
from engine.switchboard import offers as board_offers
from engine.switchboard.board import Switchboard
from scripts.mutants.patch import Patch

NEVER = 1 << 60
"""A position that no stream reaches."""


def dedupe_forgotten(patch: Patch) -> None:
    """No outcome is remembered."""
    patch(Outcomes, "recall", lambda _self, _command: None)


def place_lost(patch: Patch) -> None:
    """A call that comes back from an offer arrives anew."""
    evolve = calls.evolve

    def forgetful(call: Call, event: e.CallEvent, at_ms: int, position: int) -> Call:
        after = evolve(call, event, at_ms, position)
        return replace(after, arrived_at_ms=at_ms) if isinstance(event, e.OfferClosed) else after

    patch(calls, "evolve", forgetful)


def last_come_first_served(patch: Patch) -> None:
    """The dispatcher takes the wrong end of a line."""
    patch(Ordered, "first", lambda self: self._keys[-1] if self._keys else None)


def late_vote_wins(patch: Patch) -> None:
    """A vote for an offer that is over is told that it has won."""
    count = board_offers._count

    def generous(board: Switchboard, vote: m.AcceptVote) -> Decision:
        decision = count(board, vote)
        if decision.events:
            return decision
        return Decision((), m.VoteCounted(vote.offer_id, vote.agent_id, connected=True))

    patch(board_offers, "_count", generous)
    votes_come_late(patch)


def votes_come_late(patch: Patch) -> None:
    """No harm by itself: the owner of a call does not wait for votes that were cast in the last moment."""
    patch(boards, "OFFER_GRACE_MS", 0)


def capacity_unchecked(patch: Patch) -> None:
    """An agent takes whatever is offered."""
    patch(Agent, "free", property(lambda _self: True))


def eligibility_unchecked(patch: Patch) -> None:
    """Anyone may be offered any call of the tenant."""
    patch(roster_offers, "eligible", lambda *_: True)
    patch(Bench, "serves", lambda *_: True)


def early_deadlines(patch: Patch) -> None:
    """Deadlines fire half a second early."""
    for owner in (Switchboard, Roster):
        patch(owner, "due", _early(owner.due))


def _early(due: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    return lambda self, now_ms: due(self, now_ms + 500)


def ends_forgotten(patch: Patch) -> None:
    """What is over leaves no trace: no tombstone, no id that must not ring again."""
    patch(Remembered, "__contains__", lambda _self, _key: False)


def silence_unnoticed(patch: Patch) -> None:
    """Nobody minds that a softphone fell silent."""
    due, none = Roster.due, Deadlines()

    def patient(self: Roster, now_ms: int) -> e.AgentEvent | None:
        self.leases = none
        return due(self, now_ms)

    patch(Roster, "due", patient)
    patch(Roster, "next_deadline_ms", lambda self: self.deadlines.earliest_ms())


def two_offers_at_once(patch: Patch) -> None:
    """A proposal is taken although the call has moved on since the router saw it."""
    propose = board_offers._propose

    def greedy(board: Switchboard, proposal: m.ProposeOffer, now_ms: int) -> Decision:
        call = board.calls.get(proposal.call_id)
        if call is None or call.group is None:
            return propose(board, proposal, now_ms)
        settings = board.queues[call.queue_id]
        offer_id = offer_id_for(call.call_id, call.attempts + 1)
        terms = board_offers._terms(settings)
        return Decision((e.CallOffered(call.call_id, offer_id, proposal.agent_id, now_ms + 5_000, terms),))

    patch(board_offers, "_propose", greedy)


def absence_read_as_ended(patch: Patch) -> None:
    """An owner that has not got as far as an offer says that it is over, and is believed."""
    over = roster_offers._over

    def hasty(roster: Roster, checked: m.DigestChecked, now_ms: int) -> Iterator[e.AgentEvent]:
        return over(roster, replace(checked, position=NEVER), now_ms)

    patch(roster_offers, "_over", hasty)


def owner_behind_answers(patch: Patch) -> None:
    """An owner that has not got as far as an offer answers for it all the same."""
    decide = board_offers.decide_message

    def bold(board: Switchboard, message: m.Message, now_ms: int) -> Decision:
        if isinstance(message, m.AcceptVote | m.OfferReport):
            message = replace(message, quoted=0)
        return decide(board, message, now_ms)

    patch(board_decide, "decide_message", bold)


def expired_commands_decided(patch: Patch) -> None:
    """A command that nobody waits for any more is decided all the same."""
    gates = pass_gates

    def open_gates(outcomes: Outcomes, command: Command, now_ms: int) -> Outcome | None:
        return gates(outcomes, replace(command, expires_at_ms=now_ms), now_ms)

    patch(board_commands, "pass_gates", open_gates)
    patch(roster_commands, "pass_gates", open_gates)


def choice_overridden(patch: Patch) -> None:
    """The end of a ring turns an agent who has chosen to leave back to available."""
    evolve = agents.evolve

    def eager(agent: Agent, event: e.PresentAgentEvent, at_ms: int, position: int) -> Agent:
        after = evolve(agent, event, at_ms, position)
        return replace(after, base=agents.Presence.AVAILABLE) if isinstance(event, e.OfferEnded) else after

    patch(agents, "evolve", eager)
