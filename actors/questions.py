"""Questions that are sent again until they are answered, with one timer for all of them.

An own timer, shield and timeout for each question would cost more than sending it.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

ASK_AGAIN_S = 1.0
LOOK_S = 0.1
"""How often open questions are looked at: so late may a repetition, or the end of somebody's patience, be."""


class UnavailableError(Exception):
    """The owner did not answer in time: the outcome is unknown, and asking again with the same id is safe."""


class Questions(Generic[T]):
    """Open questions by key. Several who ask the same at once are answered together."""

    def __init__(self) -> None:
        self._open: dict[str, list[_Question[T]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, key: str, send: Callable[[], None], timeout_s: float) -> T:
        """Send now and every `ASK_AGAIN_S` until the answer under `key` arrives. Raises `UnavailableError`."""
        loop = asyncio.get_running_loop()
        question: _Question[T] = _Question(send, loop.create_future(), loop.time(), timeout_s)
        asked = self._open.setdefault(key, [])
        asked.append(question)
        if self._timer is None:
            self._timer = loop.call_later(LOOK_S, self._look)
        send()
        try:
            return await question.answer
        finally:
            asked.remove(question)
            if not asked and self._open.get(key) is asked:
                del self._open[key]

    def answer(self, key: str, answer: T) -> None:
        """Whoever asked is answered; an answer that nobody waits for any more is let go."""
        for question in self._open.get(key, ()):
            if not question.answer.done():
                question.answer.set_result(answer)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for asked in list(self._open.values()):
            for question in asked:
                question.look(now_s)
        self._timer = loop.call_later(LOOK_S, self._look) if self._open else None


class _Question(Generic[T]):
    def __init__(self, send: Callable[[], None], answer: asyncio.Future[T], now_s: float, timeout_s: float) -> None:
        self.send = send
        self.answer = answer
        self.again_at_s = now_s + ASK_AGAIN_S
        self.ends_at_s = now_s + timeout_s

    def look(self, now_s: float) -> None:
        """Ask again, or give up, if it is time."""
        if self.answer.done():
            return
        if now_s >= self.ends_at_s:
            self.answer.set_exception(UnavailableError("no answer in time; send the same command again"))
        elif now_s >= self.again_at_s:
            self.again_at_s = now_s + ASK_AGAIN_S
            self.send()
