"""Ask the gateways whether they can serve."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable

import aiohttp

from scripts.embedded.errors import EmbeddedError

ANSWER_WITHIN_S = 2.0
ASK_EVERY_S = 0.1


async def wait_until_ready(url: str, *, limit_s: float, say: Callable[[str], None] = lambda _words: None) -> None:
    """Ask `GET <url>/readyz` until it says yes. Raises `EmbeddedError` with its last answer after `limit_s`."""
    deadline_s = time.monotonic() + limit_s
    told = ""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)) as session:
        while True:
            answer = await _ask(session, url)
            if answer is None:
                return
            if answer != told:
                told = answer
                say(answer)
            if time.monotonic() > deadline_s:
                raise EmbeddedError(f"{url}/readyz does not say that it is ready: {answer}")
            await asyncio.sleep(ASK_EVERY_S)


async def _ask(session: aiohttp.ClientSession, url: str) -> str | None:
    """Return None for yes, otherwise a few words."""
    try:
        async with session.get(f"{url}/readyz", ssl=local_tls(url)) as response:
            return None if response.status == 200 else _missing(await response.text()) or f"status {response.status}"
    except (aiohttp.ClientError, TimeoutError):
        return "waiting for its first answer"


def _missing(answer: str) -> str:
    """What a gateway waits for, in words; it answers with the state of each part."""
    try:
        parts = json.loads(answer)
        return "waiting for " + ", ".join(part for part, state in parts.items() if state not in {"ok", False})
    except (ValueError, AttributeError):
        return answer[:200]


def local_tls(url: str) -> ssl.SSLContext | bool:
    """We ask our own process on this machine, whose certificate names the public host."""
    if not url.startswith("https:"):
        return True
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
