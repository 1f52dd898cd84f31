"""Questions in virtual time: sent again until they are answered, given up in time, answered together."""

import asyncio
from collections.abc import Callable

import pytest

from actors.questions import ASK_AGAIN_S, LOOK_S, Questions, UnavailableError
from actors.simulation.loop import run_virtual


class Owner:
    """Hears of questions, and answers the n-th."""

    def __init__(self, questions: Questions[str], *, answers_the: int) -> None:
        self.questions = questions
        self.answers_the = answers_the
        self.heard = 0

    def send(self) -> None:
        self.heard += 1
        if self.heard == self.answers_the:
            asyncio.get_running_loop().call_soon(self.questions.answer, "key", "the answer")


def asked(patience_s: float, *, answers_the: int) -> tuple[Owner, Callable[[], str]]:
    questions: Questions[str] = Questions()
    owner = Owner(questions, answers_the=answers_the)
    return owner, lambda: run_virtual(questions.ask("key", owner.send, patience_s))


def test_answered_at_once_then_asked_once() -> None:
    owner, ask = asked(10.0, answers_the=1)
    assert (ask(), owner.heard) == ("the answer", 1)


def test_answer_lost_then_asked_again_until_it_comes() -> None:
    owner, ask = asked(10.0, answers_the=4)
    assert (ask(), owner.heard) == ("the answer", 4)


def test_never_answered_then_given_up_when_patience_ends() -> None:
    owner, ask = asked(3.5, answers_the=0)
    with pytest.raises(UnavailableError):
        ask()
    assert owner.heard == 1 + int(3.5 / (ASK_AGAIN_S + LOOK_S))


def test_two_ask_the_same_then_one_answer_is_for_both() -> None:
    async def both() -> list[str]:
        questions: Questions[str] = Questions()
        owner = Owner(questions, answers_the=2)
        return await asyncio.gather(*(questions.ask("key", owner.send, 5.0) for _ in range(2)))

    assert run_virtual(both()) == ["the answer", "the answer"]


def test_one_of_two_goes_away_then_the_other_is_still_answered() -> None:
    async def one_leaves() -> str:
        questions: Questions[str] = Questions()
        owner = Owner(questions, answers_the=3)
        leaver = asyncio.ensure_future(questions.ask("key", owner.send, 5.0))
        stayer = asyncio.ensure_future(questions.ask("key", owner.send, 5.0))
        await asyncio.sleep(0)
        leaver.cancel()
        return await stayer

    assert run_virtual(one_leaves()) == "the answer"
