"""Requests from people and integrations, in the imperative: one closed union per owner.

A command is idempotent by `command_id` and worthless after `expires_at_ms`. Its outcome, a refusal included, is
remembered until then, so that asking again is always safe.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.principals import Principal
from engine.refusals import SENTENCES, Refusal
from engine.settings import PRIORITY_MAX, PRIORITY_MIN, AgentSettings, QueueSettings
from engine.skills import SkillNeed

COMMAND_LIFETIME_MS_MAX = 30_000
"""The furthest into the future that a command may expire, by the clock of whoever sends it."""
CLOCK_SKEW_MS_MAX = 5_000
"""How far the clock of whoever set an expiry may be ahead of the owner's."""
REMEMBERED_MS = COMMAND_LIFETIME_MS_MAX + CLOCK_SKEW_MS_MAX
"""No duplicate of a command can be accepted this long after it was sent: outcomes and tombstones are kept as long."""

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")]
Label = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_-]+$(?!\n)")]
Priority = Annotated[int, Meta(ge=PRIORITY_MIN, le=PRIORITY_MAX)]
Needs = Annotated[tuple[SkillNeed, ...], Meta(max_length=20)]


class ConfigureQueue(msgspec.Struct, frozen=True, tag="configure_queue", forbid_unknown_fields=True):
    """Create a queue or replace its settings. Applies to the next decision; no call is disturbed."""

    settings: QueueSettings


class EnqueueCall(msgspec.Struct, frozen=True, tag="enqueue_call", forbid_unknown_fields=True):
    """Put a caller in line. `leased`: the door keeps the caller alive and the call ends when the door falls silent."""

    call_id: Id
    queue_id: Id
    subject_id: Id | None = None
    channel: Label = "voice"
    priority: Priority | None = None
    needs: Needs = ()
    leased: bool = False


class HangUpCall(msgspec.Struct, frozen=True, tag="hang_up_call", forbid_unknown_fields=True):
    """End a call, whatever it is doing. Arriving before its `EnqueueCall`, it leaves a tombstone."""

    call_id: Id


class HoldCall(msgspec.Struct, frozen=True, tag="hold_call", forbid_unknown_fields=True):
    """Put the caller on hold."""

    call_id: Id


class ResumeCall(msgspec.Struct, frozen=True, tag="resume_call", forbid_unknown_fields=True):
    """Take the caller off hold."""

    call_id: Id


class PrioritiseCall(msgspec.Struct, frozen=True, tag="prioritise_call", forbid_unknown_fields=True):
    """Give a waiting call another priority; its arrival time stays."""

    call_id: Id
    priority: Priority


class ConfigureAgent(msgspec.Struct, frozen=True, tag="configure_agent", forbid_unknown_fields=True):
    """Create an agent or replace their settings. Held offers and live calls are not disturbed."""

    settings: AgentSettings


class SetPresence(msgspec.Struct, frozen=True, tag="set_presence", forbid_unknown_fields=True):
    """Choose availability: `available`, `away` with a reason, or `offline`. During a call it waits."""

    agent_id: Id
    presence: Literal["available", "away", "offline"]
    reason: Annotated[str, Meta(max_length=64, pattern=r"^[a-z0-9_-]*$(?!\n)")] = ""


class AcceptOffer(msgspec.Struct, frozen=True, tag="accept_offer", forbid_unknown_fields=True):
    """Vote for an offer. The owner of the call decides; the agent hears the result as a frame."""

    agent_id: Id
    offer_id: Annotated[str, Meta(min_length=1, max_length=100)]


class DeclineOffer(msgspec.Struct, frozen=True, tag="decline_offer", forbid_unknown_fields=True):
    """Turn an offer down; the call returns to its place."""

    agent_id: Id
    offer_id: Annotated[str, Meta(min_length=1, max_length=100)]


class CompleteWrapUp(msgspec.Struct, frozen=True, tag="complete_wrap_up", forbid_unknown_fields=True):
    """Finish the work after a call."""

    agent_id: Id
    call_id: Id
    disposition: Label | None = None


QueueCommand = ConfigureQueue | EnqueueCall | HangUpCall | HoldCall | ResumeCall | PrioritiseCall
AgentCommand = ConfigureAgent | SetPresence | AcceptOffer | DeclineOffer | CompleteWrapUp


class Command(msgspec.Struct, frozen=True, tag="command"):
    """A request with all that makes it safe to repeat and possible to audit."""

    tenant_id: str
    command_id: Id
    expires_at_ms: int
    principal: Principal
    body: QueueCommand | AgentCommand
    trace_id: str = ""


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """What became of a command: `code` is `ok` or a `Refusal`; `position` and `ewt_s` only for a queued call."""

    command_id: str
    code: str = "ok"
    message: str = ""
    position: int | None = None
    ewt_s: float | None = None

    @property
    def ok(self) -> bool:
        return self.code == "ok"


def refused(command_id: str, refusal: Refusal, field: str | None = None) -> Outcome:
    """The outcome for a refusal, with its sentence and, where one is to blame, the field."""
    sentence = SENTENCES[refusal]
    return Outcome(command_id, refusal.value, f"{field}: {sentence}" if field else sentence)
