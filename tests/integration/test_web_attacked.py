"""The API attacked from outside, by its own description: no surprise, no answer that is not documented.

That what fits is also accepted is not asked: some rules (a telephone number, an agent's own id) are not in a schema.
"""

import asyncio
import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any, Self

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.unit.web.stand import Stand
from web.resources import NoQuery
from web.rest.operation import Operation
from web.rest.table import OPERATIONS, PREFIX
from web.sessions import COOKIE

EXAMPLES_MAX = 20
SEED = 20_240_229
QUERY_CHARACTERS_MAX = 800
"""Longer addresses are refused before they reach the API."""


class Target:
    """A gateway on a thread of its own, so that the attacker may block."""

    def __init__(self) -> None:
        self._stand = Stand()
        self._runner = asyncio.Runner()
        self._stop: asyncio.Event
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._runner.run, args=(self._serve(),))
        self.url = ""
        self.cookie = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.get_loop().call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._runner.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        await self._stand.start()
        await self._stand.furnish()
        self.url, self.cookie = self._stand.url, await self._stand.cookie("admin")
        self._up.set()
        await self._stop.wait()
        await self._stand.stop()


def description(target: Target) -> dict[str, Any]:
    """The description as it is served, less the session: every request carries one here."""
    with urllib.request.urlopen(f"{target.url}/api/openapi.json") as response:  # noqa: S310 - our own gateway
        served: dict[str, Any] = json.load(response)
    for methods in served["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return served


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as target:
        yield target


def attacks() -> Iterator[Any]:
    """Every operation with what fits its description, and with what does not where there is anything to get wrong."""
    for operation in OPERATIONS:
        if operation.operation_id == "sign_out":
            continue  # it would end the session of all other attacks
        yield pytest.param(operation, GenerationMode.POSITIVE, id=f"{operation.operation_id}-fitting")
        if operation.body or operation.path_parameters or operation.query is not NoQuery:
            yield pytest.param(operation, GenerationMode.NEGATIVE, id=f"{operation.operation_id}-unfitting")


@pytest.mark.parametrize(("operation", "mode"), list(attacks()))
def test_operation_attacked_then_every_answer_is_as_described(
    target: Target, operation: Operation, mode: GenerationMode
) -> None:
    attacked = schemathesis.openapi.from_dict(description(target))[PREFIX + operation.path][operation.method]

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES_MAX,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=attacked.as_strategy(generation_mode=mode))
    def attack(case: Any) -> None:
        assert isinstance(case, Case)
        assume(len(str(case.query)) < QUERY_CHARACTERS_MAX)
        case.call_and_validate(
            base_url=target.url, cookies={COOKIE: target.cookie}, excluded_checks=[positive_data_acceptance]
        )
        answered.append(case.method)

    answered: list[str] = []
    attack()
    assert set(answered) == {operation.method}
