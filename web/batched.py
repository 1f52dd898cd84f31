"""Questions to a store, asked together: the next batch forms while the previous one is under way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from actors.mailbox import Mailbox
from persistence.errors import StoreError
from web.errors import DoorError
from web.failures import log_defect

Q = TypeVar("Q")
A = TypeVar("A")

log = structlog.get_logger(part="batches")


class Batched(Generic[Q, A]):
    """Asks many questions of one tenant in one go. `answer_all` returns one answer per question, in order."""

    def __init__(self, answer_all: Callable[[str, Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._answer_all = answer_all
        self._mailbox: Mailbox[tuple[str, Q, asyncio.Future[A]]] = Mailbox()

    async def ask(self, tenant_id: str, question: Q) -> A:
        """Raises `DoorError`: too much waits, or the store cannot be reached."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        if not self._mailbox.put_command(tenant_id, (tenant_id, question, answer)):
            raise DoorError("overloaded")
        return await answer

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            by_tenant: dict[str, list[tuple[Q, asyncio.Future[A]]]] = {}
            for tenant_id, question, answer in await self._mailbox.take(None):
                if not answer.done():
                    by_tenant.setdefault(tenant_id, []).append((question, answer))
            await asyncio.gather(*(self._answer(tenant_id, asked) for tenant_id, asked in by_tenant.items()))

    async def _answer(self, tenant_id: str, asked: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answer_all(tenant_id, [question for question, _ in asked])
        except StoreError:
            _refuse(asked, "store_unavailable")
            return
        except Exception as error:  # noqa: BLE001 - whoever asks later must still be answered
            log_defect(log, "questions not answered", error, questions=len(asked))
            _refuse(asked, "internal")
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)


def _refuse(asked: list[tuple[Q, asyncio.Future[A]]], code: str) -> None:
    for _, future in asked:
        if not future.done():
            future.set_exception(DoorError(code))
