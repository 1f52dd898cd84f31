"""One finding of the doctor."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


def ok(what: str, found: str) -> Check:
    return Check(what, Verdict.OK, found)


def warn(what: str, found: str, advice: str) -> Check:
    return Check(what, Verdict.WARN, found, advice)


def fail(what: str, found: str, advice: str) -> Check:
    return Check(what, Verdict.FAIL, found, advice)
