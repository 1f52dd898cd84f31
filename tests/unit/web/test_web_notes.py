"""Notes of calls through the doors: who may write and read them, what is kept, and what erasing leaves."""

import secrets
from typing import Any

import pytest
from msgspec.structs import replace

from persistence.projections import CallRecord
from tests.unit.web.stand import BIRCH, Stand
from web.client import Client, ClientError, Connection
from web.resources import NOTE_CHARACTERS_MAX, NoteBody, NoteView

MARIA = {"number": "+43 1 2345678", "name": "Maria Petrova"}
TEXT = "Wants Thursday; allergic to penicillin"


async def refused(asking: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        await asking
    return caught.value.status, caught.value.code


async def talking(clinic: Stand, **call: Any) -> tuple[Client, Connection]:
    """Agent 1 talks to Maria; their client and softphone."""
    admin, agent = await clinic.client("admin"), await clinic.client("agent1")
    phone = await clinic.connect(agent)
    await phone.send({"type": "attach_agent", "agent_ids": ["agent1"]})
    await phone.command({"type": "set_presence", "presence": "available"})
    await admin.enqueue("q1", call_id="c1", **({"caller": MARIA} | call))
    frame = await phone.next_frame("agent")
    while not frame["engagements"]:
        frame = await phone.next_frame("agent")
    await phone.command({"type": "accept_offer", "offer_id": frame["engagements"][0]["offer_id"]})
    return agent, phone


async def test_agent_notes_something_on_the_call_and_in_wrap_up_then_it_is_there_again(clinic: Stand) -> None:
    agent, phone = await talking(clinic)
    assert await agent.note("c1") == {
        "call_id": "c1", "text": "", "version": 0, "written_by": None, "written_at_ms": None
    }  # fmt: skip
    assert (await agent.put_note("c1", "Wants Thursday", version=0))["version"] == 1
    await phone.command({"type": "hang_up_call", "call_id": "c1"})
    written = await agent.put_note("c1", TEXT, version=1)
    assert (written["version"], written["written_by"]) == (2, "user-agent1")
    assert await agent.note("c1") == written


async def test_call_is_over_then_its_agent_and_supervisors_still_read_and_mend_the_note(clinic: Stand) -> None:
    agent, phone = await talking(clinic)
    await agent.put_note("c1", "Wants Thursday", version=0)
    supervisor = await clinic.client("supervisor")
    assert (await supervisor.note("c1"))["text"] == "Wants Thursday"
    await phone.command({"type": "hang_up_call", "call_id": "c1"})
    await phone.command({"type": "complete_wrap_up", "call_id": "c1", "disposition": "booked"})
    (row,) = clinic.notes.rows.values()
    ended = CallRecord("ash", "c1", "q1", row.subject_id, "agent1", 0, 1, 2, 3, 4, 2, 1, 0, 1, "answered", "agent")
    clinic.projections.calls["ash", "c1"] = ended
    assert (await agent.put_note("c1", TEXT, version=1))["version"] == 2
    assert (await supervisor.note("c1"))["text"] == TEXT
    assert await refused((await clinic.client("agent2")).note("c1")) == (404, "unknown_call")


async def test_note_then_nothing_of_it_is_stored_or_told_in_clear(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    await agent.put_note("c1", TEXT, version=0)
    told = [clinic.notes.rows, clinic.house.commands, clinic.shared.values, clinic.shared.published]
    assert not any("penicillin" in str(one) for one in (*told, clinic.gateway.metrics.page()))
    body, view = NoteBody(TEXT, 0), NoteView("c1", TEXT, 1, "u", 1)
    note = await clinic.gateway.notes.read("ash", "c1")
    assert note is not None
    assert note.text == TEXT
    assert "penicillin" not in f"{body} {view} {note}"


async def test_ringing_or_somebody_elses_call_then_it_does_not_exist_for_an_agent(clinic: Stand) -> None:
    await talking(clinic)
    other = await clinic.client("agent2")
    assert await refused(other.note("c1")) == (404, "unknown_call")
    assert await refused(other.put_note("c1", TEXT, version=0)) == (404, "unknown_call")
    elsewhere = await clinic.client("supervisor", BIRCH)
    assert await refused(elsewhere.put_note("c1", TEXT, version=0)) == (404, "unknown_call")


async def test_written_elsewhere_meanwhile_then_refused_and_nothing_is_lost(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    await agent.put_note("c1", TEXT, version=0)
    supervisor = await clinic.client("supervisor")
    assert await refused(supervisor.put_note("c1", "mine", version=0)) == (409, "note_changed")
    assert (await supervisor.put_note("c1", "mine", version=1))["version"] == 2
    assert await refused(agent.put_note("c1", "again", version=1)) == (409, "note_changed")
    assert (await agent.note("c1"))["text"] == "mine"


async def test_answer_was_lost_and_the_same_is_sent_again_then_it_is_written_once(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    first = await agent.put_note("c1", TEXT, version=0)
    assert await agent.put_note("c1", TEXT, version=0) == first


async def test_caller_without_a_number_then_nothing_can_be_noted(clinic: Stand) -> None:
    agent, _ = await talking(clinic, caller=None)
    assert await refused(agent.put_note("c1", TEXT, version=0)) == (409, "no_caller")


async def test_note_that_is_too_long_then_refused_without_repeating_it(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    assert (await agent.put_note("c1", "ä" * NOTE_CHARACTERS_MAX, version=0))["version"] == 1
    with pytest.raises(ClientError) as caught:
        await agent.put_note("c1", "ä" * (NOTE_CHARACTERS_MAX + 1), version=1)
    assert (caught.value.status, caught.value.field) == (422, "text")
    assert "ä" not in caught.value.message


async def test_caller_is_erased_then_their_note_cannot_be_read_even_from_an_old_copy(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    await agent.put_note("c1", TEXT, version=0)
    (row,) = clinic.notes.rows.values()
    old_subject = clinic.vault.rows["ash", row.subject_id]
    await (await clinic.client("admin")).request("DELETE", f"/callers/{row.subject_id}")
    assert (await agent.note("c1"))["text"] == ""
    assert await refused(agent.put_note("c1", TEXT, version=0)) == (409, "no_caller")
    clinic.vault.rows["ash", row.subject_id] = replace(old_subject, key_wrapped=secrets.token_bytes(61))
    assert (await agent.note("c1"))["text"] == ""


async def test_row_moved_to_another_call_or_clinic_then_it_opens_nothing(clinic: Stand) -> None:
    agent, _ = await talking(clinic)
    await agent.put_note("c1", TEXT, version=0)
    (row,) = clinic.notes.rows.values()
    clinic.notes.rows["ash", "c2"] = row
    assert await clinic.gateway.notes.read("ash", "c2") is None
    assert await clinic.gateway.notes.read("ash", "c1") is not None
