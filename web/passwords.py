"""Passwords: argon2id, in a few threads of their own, taking the same time for a login that does not exist.

One hash takes tens of milliseconds and tens of megabytes, so that threads and those who wait for one are bounded:
past the limit a sign-in is refused at once instead of starving the calls.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

HASH_ROUNDS = 2
HASH_MEMORY_KIB = 46 * 1024
"""Better than the floor of OWASP ASVS 5, appendix C, which for two rounds asks for 19 MiB."""
HASH_LANES = 1
HASH_THREADS = 2
CHECKS_WAITING_MAX = 64
PASSWORD_CHARACTERS_MAX = 1_000

_hasher = PasswordHasher(time_cost=HASH_ROUNDS, memory_cost=HASH_MEMORY_KIB, parallelism=HASH_LANES)
NOBODYS_HASH = "$argon2id$v=19$m=47104,t=2,p=1$1iNfBAfcP02caye/qmLZHw$KlJu+DA8ZfnVi12eZONRDWzUWaznzYi3XENIvIiXOpU"
"""Of a random password that nobody has kept: checked where there is no account, so that time tells nothing."""


class TooManyChecksError(Exception):
    """More passwords wait to be checked than can be checked soon."""


def hash_password(password: str) -> str:
    """The form in which a password is stored. Takes tens of milliseconds."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether this is the password. Takes as long as hashing it; a damaged hash fits no password."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(password_hash: str) -> bool:
    """Whether the hash was made with other settings than today's."""
    return _hasher.check_needs_rehash(password_hash)


class PasswordChecker:
    """Hashes and checks passwords aside, so that the event loop never waits for one."""

    def __init__(self, *, threads: int = HASH_THREADS, waiting_max: int = CHECKS_WAITING_MAX) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._waiting_max = waiting_max
        self._waiting = 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Check a password; None for an account that does not exist takes as long and is False.

        Raises `TooManyChecksError` at once if too many wait.
        """
        fits = await self._aside(verify_password, password_hash or NOBODYS_HASH, password)
        return fits and password_hash is not None

    async def hash(self, password: str) -> str:
        """Raises `TooManyChecksError` at once if too many wait."""
        return await self._aside(hash_password, password)

    async def _aside(self, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= self._waiting_max:
            raise TooManyChecksError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let the threads go; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
