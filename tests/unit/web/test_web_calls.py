"""One call through the doors: REST for the caller, websockets for agent and supervisor."""

from tests.unit.web.stand import Stand

NUMBER = "+43 1 2345678"


async def test_call_enqueued_then_it_rings_is_answered_held_and_wrapped_up(clinic: Stand) -> None:
    admin, agent = await clinic.client("admin"), await clinic.client("agent1")
    phone = await clinic.connect(agent)
    await phone.send({"type": "attach_agent", "agent_ids": ["agent1"]})
    assert (await phone.next_frame("agent"))["presence"] == "offline"
    assert (await phone.command({"type": "set_presence", "presence": "available"}))["code"] == "ok"
    assert (await phone.next_frame("agent"))["presence"] == "available"

    queued = await admin.enqueue("q1", caller={"number": NUMBER, "name": "Maria Petrova"})
    assert queued["position"] == 1
    ringing = await phone.next_frame("agent")
    assert ringing["presence"] == "offered"
    held = ringing["engagements"][0]
    assert (held["state"], held["call_id"]) == ("ringing", queued["call_id"])
    caller = await phone.next_frame("caller")
    assert (caller["number"], caller["name"]) == ("+4312345678", "Maria Petrova")
    assert caller["subject_id"] == held["subject_id"]

    assert (await phone.command({"type": "accept_offer", "offer_id": held["offer_id"]}))["code"] == "ok"
    frame = await phone.next_frame("agent")
    while frame["presence"] != "on_call":
        frame = await phone.next_frame("agent")
    await phone.send({"type": "watch_call", "call_id": queued["call_id"]})
    assert (await phone.next_frame("call"))["state"] == "talking"
    assert (await phone.command({"type": "hold_call", "call_id": queued["call_id"]}))["code"] == "ok"
    assert (await phone.next_frame("call"))["state"] == "held"
    assert (await phone.command({"type": "resume_call", "call_id": queued["call_id"]}))["code"] == "ok"
    assert (await phone.command({"type": "hang_up_call", "call_id": queued["call_id"]}))["code"] == "ok"
    ended = await phone.next_frame("call")
    while ended["state"] != "ended":
        ended = await phone.next_frame("call")
    done = await phone.command({"type": "complete_wrap_up", "call_id": queued["call_id"], "disposition": "booked"})
    assert done["code"] == "ok"
    while frame["presence"] != "available":
        frame = await phone.next_frame("agent")
    assert frame["engagements"] == []
