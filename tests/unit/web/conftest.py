from collections.abc import AsyncIterator

import pytest

from tests.unit.web.stand import Stand, standing


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with standing() as stand:
        yield stand


@pytest.fixture
async def clinic(stand: Stand) -> Stand:
    """A stand whose clinic has a queue and two agents."""
    await stand.furnish()
    return stand
