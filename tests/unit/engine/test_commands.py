"""The gates of every command: repeated, expired, from too far ahead, out of range, for someone else."""

import msgspec
import pytest

from engine import events as e
from engine.commands import (
    CLOCK_SKEW_MS_MAX,
    COMMAND_LIFETIME_MS_MAX,
    AgentCommand,
    Command,
    ConfigureAgent,
    ConfigureQueue,
    EnqueueCall,
    HangUpCall,
    Outcome,
    PrioritiseCall,
    QueueCommand,
    SetPresence,
)
from engine.refusals import SENTENCES, Refusal
from engine.roster.decide import decide as decide_roster
from engine.settings import AgentSettings, QueueSettings
from engine.skills import SkillNeed
from engine.switchboard.decide import decide as decide_board
from tests.unit.engine.stand import BOSS, CALLER, Stand


def test_command_is_repeated_then_one_effect_and_the_place_as_of_now() -> None:
    stand = Stand()
    stand.queued("k0")
    command = stand.command(EnqueueCall("k1", "desk"), CALLER)
    assert stand.tell(command).position == 2
    stand.tell(HangUpCall("k0"), CALLER)
    again = stand.tell(command)
    assert (again.ok, again.position) == (True, 1)
    assert len(stand.events(e.CallQueued)) == 2


def test_command_is_repeated_after_its_call_has_ended_then_still_ok_and_no_new_call() -> None:
    stand = Stand()
    command = stand.command(EnqueueCall("k1", "desk"), CALLER)
    stand.tell(command)
    stand.tell(HangUpCall("k1"), CALLER)
    again = stand.tell(command)
    assert (again.ok, again.position) == (True, None)
    assert stand.board.calls == {}


def test_refused_command_is_repeated_then_refused_again_though_it_would_be_taken_now() -> None:
    stand = Stand()
    command = stand.command(EnqueueCall("k1", "later"), CALLER)
    first = stand.tell(command)
    assert first.code == "unknown_queue"
    stand.tell(ConfigureQueue(QueueSettings("later", "Later")), BOSS)
    assert stand.tell(command) == first


def test_refusal_with_a_field_is_repeated_then_it_names_the_field_again() -> None:
    stand = Stand()
    command = stand.command(ConfigureQueue(QueueSettings("desk", "Desk", sla_target=2.0)), BOSS)
    first = stand.tell(command)
    assert first.message.startswith("sla_target: ")
    assert stand.tell(command) == first
    other = stand.command(ConfigureAgent(AgentSettings("ann", capacity=0)), BOSS)
    assert stand.tell(other).message.startswith("capacity: ")
    assert stand.tell(other).message.startswith("capacity: ")


def test_command_has_expired_then_refused_and_nothing_written() -> None:
    stand = Stand()
    command = stand.command(EnqueueCall("k1", "desk"), CALLER, expires_at_ms=stand.now_ms - 1)
    decision = stand.decide(command)
    assert decision.events == ()
    assert stand.tell(command).code == "expired"


def test_command_expires_this_very_millisecond_then_taken() -> None:
    stand = Stand()
    assert stand.tell(stand.command(EnqueueCall("k1", "desk"), CALLER, expires_at_ms=stand.now_ms)).ok


@pytest.mark.parametrize(("ahead_ms", "code"), [(0, "ok"), (1, "invalid_settings")])
def test_command_expires_too_far_ahead_then_refused(ahead_ms: int, code: str) -> None:
    stand = Stand()
    furthest_ms = stand.now_ms + COMMAND_LIFETIME_MS_MAX + CLOCK_SKEW_MS_MAX
    for body in (EnqueueCall("k1", "desk"), SetPresence("ann", "available")):
        outcome = stand.tell(stand.command(body, BOSS, expires_at_ms=furthest_ms + ahead_ms))
        assert outcome.code == code
        assert outcome.ok or outcome.message.startswith("expires_at_ms: ")


def test_outcome_then_kept_until_its_command_has_expired_and_forgotten_after() -> None:
    stand = Stand()
    command = stand.command(EnqueueCall("k1", "desk"), CALLER)
    stand.tell(command)
    stand.now_ms = command.expires_at_ms
    stand.queued("k2")
    assert stand.tell(command).ok
    kept = len(stand.board.outcomes)
    stand.now_ms += 1
    stand.queued("k3")
    assert len(stand.board.outcomes) < kept + 1
    assert stand.tell(command).code == "expired"


@pytest.mark.parametrize(
    "body", [SetPresence("ann", "available"), ConfigureAgent(AgentSettings("zoe")), PrioritiseCall("k1", 1)]
)
def test_command_for_the_other_owner_then_refused(body: QueueCommand | AgentCommand) -> None:
    stand = Stand()
    command = stand.command(body, BOSS)
    if isinstance(body, AgentCommand):
        answer = decide_board(stand.board, command, stand.now_ms).answer
    else:
        answer = decide_roster(stand.roster, command, stand.now_ms).answer
    assert isinstance(answer, Outcome)
    assert answer.code == "illegal_transition"


def test_every_refusal_then_a_sentence_that_says_what_to_do() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert all(sentence.endswith(".") and len(sentence) > 30 for sentence in SENTENCES.values())


GOOD = QueueSettings("desk", "Desk")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("queue_id", ""),
        ("queue_id", "x" * 65),
        ("queue_id", "a/b"),
        ("queue_id", "a\n"),
        ("name", ""),
        ("name", "x" * 101),
        ("needs", (SkillNeed("spanish", 11),)),
        ("needs", (SkillNeed("spanish", 0),)),
        ("needs", (SkillNeed("x" * 65, 1),)),
        ("needs", (SkillNeed("a"),) * 21),
        ("priority", -1),
        ("priority", 101),
        ("priority_credit_s", -1.0),
        ("priority_credit_s", float("nan")),
        ("offer_timeout_s", 0.0),
        ("offer_timeout_s", float("nan")),
        ("offer_timeout_s", 601.0),
        ("wrap_up_s", -1.0),
        ("sla_threshold_s", float("inf")),
        ("sla_target", 0.0),
        ("short_abandon_s", -0.1),
        ("length_max", 0),
        ("rona_away_after", 0),
        ("rest_after_decline_s", 601.0),
    ],
)
def test_queue_setting_is_out_of_range_then_it_is_named(field: str, value: object) -> None:
    assert GOOD.fault() is None
    assert msgspec.structs.replace(GOOD, **{field: value}).fault() == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent_id", "ann/1"),
        ("agent_id", ""),
        ("queues", ("desk",) * 201),
        ("queues", ("a/b",)),
        ("skills", {"spanish": 0}),
        ("skills", {"": 1}),
        ("skills", {str(n): 1 for n in range(201)}),
        ("capacity", 0),
        ("capacity", 21),
    ],
)
def test_agent_setting_is_out_of_range_then_it_is_named(field: str, value: object) -> None:
    assert msgspec.structs.replace(AgentSettings("ann"), **{field: value}).fault() == field


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"enqueue_call","call_id":"k1","queue_id":"desk","unknown":1}',
        '{"type":"enqueue_call","call_id":"k/1","queue_id":"desk"}',
        '{"type":"enqueue_call","call_id":"","queue_id":"desk"}',
        '{"type":"enqueue_call","call_id":1,"queue_id":"desk"}',
        '{"type":"enqueue_call","call_id":"k1","queue_id":"desk","priority":101}',
        '{"type":"enqueue_call","call_id":"k1","queue_id":"desk","needs":[["",1]]}',
        '{"type":"set_presence","agent_id":"ann","presence":"on_call"}',
        '{"type":"set_presence","agent_id":"ann","presence":"away","reason":"Lunch break"}',
        '{"type":"no_such_command"}',
        '{"call_id":"k1"}',
    ],
)
def test_malformed_command_then_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=QueueCommand | AgentCommand)


def test_command_then_it_reads_as_it_was_written() -> None:
    command = Stand().command(EnqueueCall("k1", "desk", "s1", needs=(SkillNeed("spanish", 2),)), CALLER)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(command), type=Command) == command
