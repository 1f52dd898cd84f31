"""Queues: what administrators set."""

from engine.commands import ConfigureQueue
from engine.settings import QueueSettings
from web.resources import NoQuery, Page, Queue, Queues, QueueSettingsBody
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action
from web.views import needs_of, queue_view


async def list_queues(ask: Ask[None, Page]) -> Reply:
    page = await ask.gateway.house.read(ask.user.tenant_id, "queues", after=ask.query.after, limit=ask.query.limit)
    queues = tuple(map(queue_view, page.queues))
    return Reply(Queues(queues, queues[-1].queue_id if page.more else None))


async def put_queue(ask: Ask[QueueSettingsBody, NoQuery]) -> Reply:
    said = ask.body
    settings = QueueSettings(
        queue_id=ask.path["queue_id"],
        name=said.name,
        strategy=said.strategy,
        needs=needs_of(said.needs),
        priority=said.priority,
        priority_credit_s=said.priority_credit_s,
        offer_timeout_s=said.offer_timeout_s,
        wrap_up_s=said.wrap_up_s,
        disposition_required=said.disposition_required,
        sla_threshold_s=said.sla_threshold_s,
        sla_target=said.sla_target,
        short_abandon_s=said.short_abandon_s,
        length_max=said.length_max,
        rona_away_after=said.rona_away_after,
        rest_after_decline_s=said.rest_after_decline_s,
    )
    await ask.execute(ConfigureQueue(settings), ask.user.principal)
    return Reply(queue_view(settings))


OPERATIONS = (
    Operation(
        operation_id="list_queues",
        method="GET",
        path="/queues",
        summary="Queues with their settings, by id.",
        tag="Queues",
        action=Action.READ_QUEUES,
        handler=list_queues,
        query=Page,
        reply=Queues,
        errors=("outcome_unknown",),
    ),
    Operation(
        operation_id="put_queue",
        method="PUT",
        path="/queues/{queue_id}",
        summary="Create a queue or replace its settings; no call is disturbed.",
        tag="Queues",
        action=Action.CONFIGURE_QUEUE,
        handler=put_queue,
        body=QueueSettingsBody,
        reply=Queue,
        errors=("invalid_settings",),
        is_command=True,
    ),
)
