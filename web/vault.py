"""Who the callers are: found by keyed hashes, readable only with a key of their own, and gone when it is erased.

Whoever calls becomes a *subject*, known to the rest of the house by an id alone. A subject's number and name are
encrypted with the subject's own key (AES-256-GCM), and that key with the installation's master key; both are bound to
tenant and subject, so that a row that was moved elsewhere opens nothing.
"""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

import msgspec
import phonenumbers
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from persistence.vault import NewSubject, SealedSubject, Vault
from web.batched import Batched
from web.errors import DoorError
from web.expiring import ExpiringCache
from web.shared import Shared, SharedUnavailableError

NONCE_BYTES = 12
KEY_BITS = 256
FORMAT = b"\x01"
"""First byte of everything sealed, so that another way of sealing can be told from this one."""
NAMES_CACHE_S = 30.0
ERASED_CHANNEL = "subjects-erased"

log = structlog.get_logger(part="vault")


class Person(msgspec.Struct, frozen=True):
    """A caller's number (E.164) and name. Never printed."""

    number: str
    name: str

    def __repr__(self) -> str:
        return "Person(***)"


def normalised(number: str) -> str:
    """A telephone number in E.164. Raises `DoorError`, without the number."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise DoorError("invalid_number", field="caller.number") from None
    if not phonenumbers.is_possible_number(parsed):
        raise DoorError("invalid_number", field="caller.number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class Seal:
    """Hashes and ciphers: from a person to what the store keeps, and back."""

    def __init__(self, vault_key: bytes, hash_key: bytes) -> None:
        self._wrapper = AESGCM(vault_key)
        self._hash_key = hash_key

    def new_subject(self, tenant_id: str, person: Person) -> NewSubject:
        """A person as they would be stored if they are new."""
        subject_id = secrets.token_hex(16)
        bound_to = _bound_to(tenant_id, subject_id)
        key = AESGCM.generate_key(KEY_BITS)
        return NewSubject(
            subject_id=subject_id,
            lookup_hash=self._hash(tenant_id, "number", person.number),
            last4_hash=self._hash(tenant_id, "last4", person.number[-4:]),
            ciphertext=_sealed(AESGCM(key), msgspec.msgpack.encode(person), bound_to),
            key_wrapped=_sealed(self._wrapper, key, bound_to),
        )

    def open(self, tenant_id: str, sealed: SealedSubject) -> Person | None:
        """Who it is; None for a row that these keys do not open."""
        bound_to = _bound_to(tenant_id, sealed.subject_id)
        try:
            cipher = self._cipher_of(tenant_id, sealed)
            return msgspec.msgpack.decode(_opened(cipher, sealed.ciphertext, bound_to), type=Person)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            log.warning("a subject cannot be read with these keys", subject_id=sealed.subject_id)
            return None

    def seal_note(self, tenant_id: str, of: SealedSubject, call_id: str, text: str) -> bytes | None:
        """Free text about a subject and one call, readable with the subject's key; None if that cannot be had."""
        try:
            return _sealed(self._cipher_of(tenant_id, of), text.encode(), _bound_to(tenant_id, of.subject_id, call_id))
        except (InvalidTag, ValueError):
            log.warning("a subject's key cannot be read with these keys", subject_id=of.subject_id)
            return None

    def open_note(self, tenant_id: str, of: SealedSubject, call_id: str, ciphertext: bytes) -> str | None:
        """What was noted; None for what these keys do not open, and for what belongs elsewhere."""
        bound_to = _bound_to(tenant_id, of.subject_id, call_id)
        try:
            return _opened(self._cipher_of(tenant_id, of), ciphertext, bound_to).decode()
        except (InvalidTag, ValueError):
            log.warning("a note cannot be read with these keys", subject_id=of.subject_id)
            return None

    def _cipher_of(self, tenant_id: str, sealed: SealedSubject) -> AESGCM:
        return AESGCM(_opened(self._wrapper, sealed.key_wrapped, _bound_to(tenant_id, sealed.subject_id)))

    def _hash(self, tenant_id: str, what: str, value: str) -> bytes:
        return hmac.new(self._hash_key, f"{tenant_id}\0{what}\0{value}".encode(), sha256).digest()


class SubjectVault:
    """The vault as doors use it. `run_resolving` and `run_reading` carry the batches."""

    def __init__(self, store: Vault, seal: Seal, shared: Shared) -> None:
        self._store = store
        self._seal = seal
        self._shared = shared
        self._names: ExpiringCache[tuple[str, str], Person] = ExpiringCache(NAMES_CACHE_S)
        self._erasures = 0
        self._resolving: Batched[Person, str] = Batched(self._resolve_all)
        self._reading: Batched[str, Person | None] = Batched(self._read_all)

    async def resolve(self, tenant_id: str, number: str, name: str) -> str:
        """The id of the caller with this number, known or new. Raises `DoorError`."""
        return await self._resolving.ask(tenant_id, Person(normalised(number), name.strip()))

    async def names(self, tenant_id: str, subject_ids: Sequence[str]) -> dict[str, Person]:
        """Those of the subjects that exist, for someone who may see them. Raises `DoorError`."""
        found = {}
        for subject_id in dict.fromkeys(subject_ids):
            person = self._names.get((tenant_id, subject_id))
            if person is not None:
                found[subject_id] = person
        missing = [subject_id for subject_id in dict.fromkeys(subject_ids) if subject_id not in found]
        people = await asyncio.gather(*(self._reading.ask(tenant_id, subject_id) for subject_id in missing))
        return found | {
            subject_id: person for subject_id, person in zip(missing, people, strict=True) if person is not None
        }

    async def erase(self, tenant_id: str, subject_id: str) -> bool:
        """Erase a person for good, also from the caches of all gateways; False if there was none."""
        existed = await self._store.erase(tenant_id, subject_id)
        self.erased_elsewhere(msgspec.msgpack.encode((tenant_id, subject_id)))
        try:
            await self._shared.publish(ERASED_CHANNEL, msgspec.msgpack.encode((tenant_id, subject_id)))
        except SharedUnavailableError:
            log.warning("other gateways forget the subject when their cache expires", subject_id=subject_id)
        return existed

    def erased_elsewhere(self, message: bytes) -> None:
        """Forget what is cached of an erased subject; nothing is cached again from a look-up that began before."""
        tenant_id, subject_id = msgspec.msgpack.decode(message, type=tuple[str, str])
        self._names.forget((tenant_id, subject_id))
        self._erasures += 1

    async def run_resolving(self) -> None:
        await self._resolving.run()

    async def run_reading(self) -> None:
        await self._reading.run()

    async def _resolve_all(self, tenant_id: str, people: Sequence[Person]) -> list[str]:
        return await self._store.resolve(tenant_id, [self._seal.new_subject(tenant_id, person) for person in people])

    async def _read_all(self, tenant_id: str, subject_ids: Sequence[str]) -> list[Person | None]:
        erasures = self._erasures
        sealed = await self._store.read(tenant_id, list(dict.fromkeys(subject_ids)))
        people = {one.subject_id: self._seal.open(tenant_id, one) for one in sealed}
        for subject_id, person in people.items():
            if person is not None and erasures == self._erasures:
                self._names.put((tenant_id, subject_id), person)
        return [people.get(subject_id) for subject_id in subject_ids]


def _bound_to(*owner: str) -> bytes:
    return "\0".join(owner).encode()


def _sealed(cipher: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FORMAT + nonce + cipher.encrypt(nonce, plain, bound_to)


def _opened(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    if sealed[:1] != FORMAT:
        raise ValueError("sealed in a way that is not known here")
    return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], bound_to)
