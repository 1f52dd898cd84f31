"""Who may do what: every role against every operation and every command frame."""

from typing import Any

import pytest

from engine.principals import Role
from tests.unit.web.stand import Stand
from web.client import ClientError
from web.protocol import AnyCommandFrame
from web.rest.table import OPERATIONS
from web.roles import ALLOWED, Action
from web.ws.translate import ACTIONS

LOGINS = {Role.AGENT: "agent1", Role.SUPERVISOR: "supervisor", Role.ADMINISTRATOR: "admin"}
PATHS = {"queue_id": "q9", "agent_id": "agent1", "call_id": "c9", "subject_id": "s9"}
BODIES: dict[str, Any] = {
    "put_queue": {"name": "Q"},
    "put_agent": {},
    "put_presence": {"presence": "away"},
    "enqueue_call": {"queue_id": "q1"},
    "put_priority": {"priority": 1},
    "put_note": {"text": "", "version": 0},
    "create_user": {"login": "new", "password": "long enough it is", "role": "supervisor", "display_name": "N"},
    "create_ticket": {},
}
QUERIES = {"list_callers": {"ids": "s1"}}
FRAMES: dict[str, dict[str, Any]] = {
    "set_presence": {"presence": "away", "agent_id": "agent1"},
    "accept_offer": {"offer_id": "x", "agent_id": "agent1"},
    "decline_offer": {"offer_id": "x", "agent_id": "agent1"},
    "complete_wrap_up": {"call_id": "c9", "agent_id": "agent1"},
    "hold_call": {"call_id": "c9", "agent_id": "agent1"},
    "resume_call": {"call_id": "c9", "agent_id": "agent1"},
    "hang_up_call": {"call_id": "c9"},
    "enqueue_call": {"call_id": "c8", "queue_id": "q1"},
    "prioritise_call": {"call_id": "c9", "priority": 1},
}


def test_table_then_every_action_has_its_roles() -> None:
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())
    assert {tag(frame) for frame in ACTIONS} == set(FRAMES)
    assert set(ACTIONS) == set(AnyCommandFrame.__args__)


def tag(frame: Any) -> str:
    return str(frame.__struct_config__.tag)


@pytest.mark.parametrize("role", LOGINS)
async def test_every_operation_then_only_its_roles_may(clinic: Stand, role: Role) -> None:
    for operation in OPERATIONS:
        if operation.action is None or operation.operation_id == "sign_out":
            continue
        client = await clinic.client(LOGINS[role])
        path = operation.path.format(**PATHS)
        body, query = BODIES.get(operation.operation_id), QUERIES.get(operation.operation_id)
        code = ""
        try:
            await client.request(operation.method, path, body, query=query)
        except ClientError as error:
            code = error.code
        allowed = role in ALLOWED[operation.action]
        assert (operation.operation_id, code == "forbidden") == (operation.operation_id, not allowed)


async def test_every_operation_without_a_session_then_401(stand: Stand) -> None:
    client = stand.stranger()
    for operation in OPERATIONS:
        if operation.action is None:
            continue
        with pytest.raises(ClientError) as caught:
            await client.request(operation.method, operation.path.format(**PATHS), BODIES.get(operation.operation_id))
        assert (operation.operation_id, caught.value.code) == (operation.operation_id, "not_signed_in")


@pytest.mark.parametrize("role", [*LOGINS, Role.INTEGRATION])
async def test_every_command_frame_then_only_its_roles_may(clinic: Stand, role: Role) -> None:
    admin = await clinic.client("admin")
    if role is Role.INTEGRATION:
        connection = await clinic.connect(admin, ticket=await admin.make_ticket(["agent1"]))
    else:
        connection = await clinic.connect(await clinic.client(LOGINS[role]))
    for frame, action in ACTIONS.items():
        outcome = await connection.command({"type": tag(frame), **FRAMES[tag(frame)]})
        assert (tag(frame), outcome["code"] == "forbidden") == (tag(frame), role not in ALLOWED[action])


@pytest.mark.parametrize(
    ("role", "frame", "allowed"),
    [
        (Role.AGENT, {"type": "subscribe_live"}, False),
        (Role.SUPERVISOR, {"type": "subscribe_live"}, True),
        (Role.SUPERVISOR, {"type": "attach_agent", "agent_ids": ["agent1"]}, False),
        (Role.AGENT, {"type": "attach_agent", "agent_ids": ["agent2"]}, False),
        (Role.AGENT, {"type": "attach_agent", "agent_ids": ["agent1"]}, True),
    ],
)
async def test_watching_frame_then_only_its_roles_may(
    clinic: Stand,
    role: Role,
    frame: dict[str, Any],
    allowed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    clinic.house.pictures["ash"] = {"epoch": "1", "position": 1}
    connection = await clinic.connect(await clinic.client(LOGINS[role]))
    await connection.send(frame)
    answer = await connection.next_frame("error", "live_snapshot", "agent")
    assert (answer.get("code") == "forbidden") is not allowed


async def test_ticket_then_only_its_own_agents(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    program = await clinic.connect(admin, ticket=await admin.make_ticket(["agent1"]))
    for frame in (
        {"type": "set_presence", "presence": "away", "agent_id": "agent2"},
        {"type": "accept_offer", "offer_id": "x", "agent_id": "agent2"},
        {"type": "hang_up_call", "call_id": "c1", "agent_id": "agent2"},
    ):
        assert (await program.command(frame))["code"] == "forbidden"
    nameless = await program.command({"type": "set_presence", "presence": "away"})
    assert nameless["code"] == "invalid"
