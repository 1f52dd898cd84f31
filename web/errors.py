"""Everything that a door may refuse: a stable code, one sentence, and the HTTP status, which is assigned only here."""

import msgspec

from engine.commands import Outcome
from engine.refusals import SENTENCES as ENGINE_SENTENCES
from engine.refusals import Refusal

RETRY_SOON_S = 1


class Kind(msgspec.Struct, frozen=True):
    """One kind of refusal."""

    status: int
    sentence: str


def _of_engine(status: int, refusal: Refusal) -> Kind:
    return Kind(status, ENGINE_SENTENCES[refusal])


ENGINE_STATUS: dict[Refusal, int] = {
    Refusal.EXPIRED: 409,
    Refusal.UNKNOWN_TENANT: 404,
    Refusal.UNKNOWN_QUEUE: 404,
    Refusal.UNKNOWN_CALL: 404,
    Refusal.UNKNOWN_AGENT: 404,
    Refusal.UNKNOWN_OFFER: 404,
    Refusal.CALL_EXISTS: 409,
    Refusal.CALL_ENDED: 409,
    Refusal.QUEUE_FULL: 409,
    Refusal.NOT_YOUR_CALL: 403,
    Refusal.ILLEGAL_TRANSITION: 409,
    Refusal.OFFER_ENDED: 409,
    Refusal.DISPOSITION_REQUIRED: 422,
    Refusal.INVALID_SETTINGS: 422,
    Refusal.OVERLOADED: 503,
    Refusal.UNAVAILABLE: 503,
}

KINDS: dict[str, Kind] = {refusal.value: _of_engine(status, refusal) for refusal, status in ENGINE_STATUS.items()} | {
    "malformed": Kind(400, "This cannot be read; send well-formed data in the encoding that was agreed on."),
    "invalid": Kind(422, "A field does not fit its description; correct it and send it again."),
    "invalid_number": Kind(422, "This is no telephone number; write it in international form, such as +43 1 2345678."),
    "too_large": Kind(413, "This is larger than 64 KiB; send less at once."),
    "slow_body": Kind(408, "The body did not arrive in time; send it again."),
    "unsupported_media_type": Kind(415, "Only application/json is understood here; send that."),
    "unsupported_protocol": Kind(400, "None of the subprotocols is spoken here; offer strowger.v1.json or .msgpack."),
    "not_a_websocket": Kind(426, "This address speaks the websocket protocol only; connect with a websocket client."),
    "not_signed_in": Kind(401, "There is no valid session; sign in and try again."),
    "wrong_credentials": Kind(401, "Clinic, login and password do not belong together; check them and try again."),
    "forbidden": Kind(403, "Your role does not allow this; ask an administrator."),
    "wrong_origin": Kind(403, "The request comes from another site; use the address that this clinic uses."),
    "not_found": Kind(404, "There is nothing at this address; look into /api/docs."),
    "method_not_allowed": Kind(405, "This address does not know that method; look into /api/docs."),
    "already_signed_in": Kind(409, "This connection is signed in already; connect anew to be somebody else."),
    "no_caller": Kind(409, "The caller is not known here, or no longer; nothing can be noted of them."),
    "note_changed": Kind(409, "The note was changed elsewhere; read it again and decide what to keep."),
    "login_taken": Kind(409, "The login or the agent belongs to another user; choose another."),
    "rate_limited": Kind(429, "There were too many attempts; wait as long as Retry-After says."),
    "too_many": Kind(429, "There are too many of these at once; end some before you begin another."),
    "outcome_unknown": Kind(503, "No answer came in time; send the same command again with the same id."),
    "store_unavailable": Kind(503, "The database or the shared store cannot be reached; try again in a moment."),
    "internal": Kind(500, "Something went wrong on our side; try again, and report it if it happens again."),
}

UNHEARD_OF = Kind(409, "This was refused for a reason that is not known here; look into the release notes.")
"""During a rolling upgrade owners may be newer than their doors."""


def kind_of(code: str) -> Kind:
    return KINDS.get(code, UNHEARD_OF)


class DoorError(Exception):
    """A refusal on its way to whoever asked. Carries no data of anybody."""

    def __init__(
        self,
        code: str,
        *,
        field: str | None = None,
        message: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.code = code
        self.field = field
        self.message = message or kind_of(code).sentence
        self.retry_after_s = retry_after_s if retry_after_s is not None else _default_retry_s(code)
        super().__init__(code)

    @property
    def status(self) -> int:
        return kind_of(self.code).status


class ErrorDetail(msgspec.Struct, frozen=True):
    """`code` is stable; `message` says in one sentence what to do; `field` names what is to blame, if anything."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """What every refusal looks like."""

    error: ErrorDetail


def body_of(error: DoorError) -> ErrorBody:
    return ErrorBody(ErrorDetail(error.code, error.message, error.field))


def error_of(outcome: Outcome) -> DoorError:
    """The refusal that an owner answered."""
    field, separator, _ = outcome.message.partition(": ")
    named = field if separator and " " not in field else None
    return DoorError(outcome.code, field=named, message=outcome.message)


def from_validation(error: msgspec.ValidationError) -> DoorError:
    """What does not fit its description. The sentence names types, limits and fields, never a value that was sent."""
    sentence, _, place = str(error).partition(" - at `")
    if sentence.startswith("Invalid "):
        sentence = "This is none of the values that are possible here"
    path = place.removesuffix("`").removeprefix("$").removeprefix(".")
    named = _named_field(sentence)
    field = ".".join(part for part in (path, named) if part)
    return DoorError("invalid", field=field or None, message=f"{sentence}; correct it and send it again.")


def _named_field(sentence: str) -> str | None:
    is_named = sentence.startswith(("Object contains unknown field", "Object missing required field"))
    return sentence.split("`")[1] if is_named else None


def _default_retry_s(code: str) -> int | None:
    return RETRY_SOON_S if kind_of(code).status == 503 else None
