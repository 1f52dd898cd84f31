"""What became of each command, kept until the command has expired, so that asking again has no second effect."""

import msgspec

from engine.commands import Command, Outcome
from engine.events import CommandRefused, Fact
from engine.memory import Remembered
from engine.refusals import SENTENCES, Refusal


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    command_id: str
    until_ms: int
    code: str
    field: str | None


class Outcomes:
    """Outcomes by command id. Learned from events alone, and so the same after a replay."""

    def __init__(self) -> None:
        self._kept: Remembered[_Kept] = Remembered()

    def learn(self, fact: Fact) -> None:
        """Remember the command that caused this event, and forget what has expired by its time."""
        self._kept.forget_before(fact.at_ms)
        cause = fact.cause
        if not cause.command_id:
            return
        code, field = "ok", None
        if isinstance(fact.event, CommandRefused):
            code, field = fact.event.code, fact.event.field
        kept = _Kept(cause.command_id, cause.expires_at_ms, code, field)
        self._kept.remember(cause.command_id, kept, cause.expires_at_ms)

    def recall(self, command: Command) -> Outcome | None:
        """The outcome that this command had before, or None if it is new."""
        kept = self._kept.get(command.command_id)
        if kept is None:
            return None
        if kept.code == "ok":
            return Outcome(command.command_id)
        sentence = SENTENCES[Refusal(kept.code)]
        return Outcome(command.command_id, kept.code, f"{kept.field}: {sentence}" if kept.field else sentence)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode([kept for _, _, kept in self._kept.items()])

    @classmethod
    def load(cls, payload: bytes) -> "Outcomes":
        outcomes = cls()
        for kept in msgspec.msgpack.decode(payload, type=list[_Kept]):
            outcomes._kept.remember(kept.command_id, kept, kept.until_ms)
        return outcomes

    def __len__(self) -> int:
        return len(self._kept)
