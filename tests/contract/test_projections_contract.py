import asyncio

import msgspec
import pytest

from persistence.errors import TenantMismatchError
from persistence.projections import CallCursor, CallRecord, WrapUpRecord
from tests.contract.conftest import ASH, BIRCH, Stores


def call(number: int, *, tenant_id: str = "ash", queue_id: str = "q-1", ended_at_ms: int | None = None) -> CallRecord:
    return CallRecord(
        tenant_id=tenant_id,
        call_id=f"c-{number}",
        queue_id=queue_id,
        subject_id="s-1",
        agent_id=None if number % 2 else "a-1",
        priority=5,
        arrived_at_ms=100,
        first_offered_at_ms=None if number % 2 else 150,
        answered_at_ms=None if number % 2 else 200,
        ended_at_ms=1_000 + number if ended_at_ms is None else ended_at_ms,
        wait_ms=100,
        talk_ms=800,
        hold_ms=0,
        offers=1,
        outcome="abandoned" if number % 2 else "answered",
        ended_by="caller",
    )


WRAP_UP = WrapUpRecord("ash", "o-1", "c-1", "a-1", 1_001, 1_500, None)


async def apply(stores: Stores, from_position: int, to_position: int, *calls: CallRecord) -> bool:
    return await stores.projections.apply("calls", "ash", ASH.partition, from_position, to_position, calls, [])


async def test_applied_step_moves_the_checkpoint_and_writes_the_rows(stores: Stores) -> None:
    assert await stores.projections.apply("calls", "ash", ASH.partition, 0, 7, [call(1), call(2)], [WRAP_UP])
    assert await stores.projections.checkpoint("calls", "ash") == 7
    assert await stores.projections.list_calls("ash", limit=9) == [call(2), call(1)]


async def test_wrap_ups_page_by_page_then_each_once_by_offer_and_of_its_own_clinic_alone(stores: Stores) -> None:
    done = [msgspec.structs.replace(WRAP_UP, offer_id=f"{name}#1") for name in ("b", "B", "a-2", "a")]
    assert await stores.projections.apply("calls", "ash", ASH.partition, 0, 7, [], done)
    first = await stores.projections.list_wrap_ups("ash", limit=3)
    rest = await stores.projections.list_wrap_ups("ash", after=first[-1].offer_id, limit=3)
    assert [row.offer_id for row in [*first, *rest]] == sorted(row.offer_id for row in done)
    assert await stores.projections.list_wrap_ups("birch", limit=3) == []


async def test_call_by_its_id_then_that_one_and_of_its_own_clinic_alone(stores: Stores) -> None:
    await apply(stores, 0, 7, call(1), call(2))
    assert await stores.projections.find_call("ash", "c-2") == call(2)
    assert await stores.projections.find_call("ash", "c-3") is None
    assert await stores.projections.find_call("birch", "c-2") is None


async def test_projection_that_never_ran_stands_at_zero(stores: Stores) -> None:
    assert await stores.projections.checkpoint("calls", "ash") == 0


async def test_step_from_where_the_checkpoint_is_not_writes_nothing(stores: Stores) -> None:
    assert not await apply(stores, 3, 5, call(1))
    assert await apply(stores, 0, 5, call(1))
    assert not await apply(stores, 0, 9, call(2))
    assert not await apply(stores, 4, 9, call(2))
    assert await stores.projections.checkpoint("calls", "ash") == 5
    assert await stores.projections.list_calls("ash", limit=9) == [call(1)]


async def test_step_without_rows_moves_the_checkpoint(stores: Stores) -> None:
    assert await apply(stores, 0, 5)
    assert await apply(stores, 5, 6)
    assert await stores.projections.checkpoint("calls", "ash") == 6


async def test_concurrent_steps_from_one_position_have_one_winner(stores: Stores) -> None:
    for position in (0, 10):
        answers = await asyncio.gather(
            *(apply(stores, position, position + 10, call(position + turn)) for turn in range(6))
        )
        assert sorted(answers) == [False] * 5 + [True]
    assert len(await stores.projections.list_calls("ash", limit=99)) == 2


async def test_projections_and_tenants_have_checkpoints_of_their_own(stores: Stores) -> None:
    await apply(stores, 0, 5)
    assert await stores.projections.checkpoint("wrap_ups", "ash") == 0
    assert await stores.projections.checkpoint("calls", "birch") == 0
    other = call(1, tenant_id="birch")
    assert await stores.projections.apply("calls", "birch", BIRCH.partition, 0, 3, [other], [])
    assert await stores.projections.list_calls("ash", limit=9) == []
    assert await stores.projections.list_calls("birch", limit=9) == [other]


async def test_row_written_again_is_replaced_and_the_last_one_counts(stores: Stores) -> None:
    later = msgspec.structs.replace(call(1), talk_ms=900)
    last = msgspec.structs.replace(call(1), talk_ms=950)
    await apply(stores, 0, 5, call(1))
    await apply(stores, 5, 6, later, last)
    assert await stores.projections.list_calls("ash", limit=9) == [last]


async def test_wrap_up_written_again_with_a_disposition_is_accepted(stores: Stores) -> None:
    disposed = msgspec.structs.replace(WRAP_UP, disposition="booked")
    assert await stores.projections.apply("calls", "ash", ASH.partition, 0, 1, [], [WRAP_UP])
    assert await stores.projections.apply("calls", "ash", ASH.partition, 1, 2, [], [disposed, disposed])


async def test_step_of_a_tenant_in_another_partition_is_refused(stores: Stores) -> None:
    with pytest.raises(TenantMismatchError):
        await stores.projections.apply("calls", "ash", ASH.partition + 1, 0, 5, [call(1)], [])
    assert await stores.projections.checkpoint("calls", "ash") == 0


@pytest.mark.parametrize(
    ("from_position", "to_position", "tenant_id"), [(5, 5, "ash"), (5, 4, "ash"), (-1, 4, "ash"), (0, 5, "birch")]
)
async def test_malformed_step_is_refused_as_our_own_mistake(
    stores: Stores, from_position: int, to_position: int, tenant_id: str
) -> None:
    with pytest.raises(ValueError):
        await apply(stores, from_position, to_position, call(1, tenant_id=tenant_id))


async def test_pages_of_calls_cover_the_list_without_gap_or_overlap(stores: Stores) -> None:
    calls = [call(number, ended_at_ms=1_000 + number // 3) for number in range(10)]
    await apply(stores, 0, 5, *calls)
    pages, before = [], None
    while page := await stores.projections.list_calls("ash", before=before, limit=4):
        pages.append(page)
        before = CallCursor(page[-1].ended_at_ms, page[-1].call_id)
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [row for page in pages for row in page] == calls[::-1]


async def test_calls_of_one_queue_are_listed_alone(stores: Stores) -> None:
    calls = [call(number, queue_id=f"q-{number % 2}") for number in range(6)]
    await apply(stores, 0, 5, *calls)
    page = await stores.projections.list_calls("ash", queue_id="q-1", limit=2)
    assert page == [calls[5], calls[3]]
    before = CallCursor(page[-1].ended_at_ms, page[-1].call_id)
    assert await stores.projections.list_calls("ash", queue_id="q-1", before=before, limit=2) == [calls[1]]
