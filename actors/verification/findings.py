"""What a verification found, and what it looked at."""

import msgspec

FINDINGS_MAX = 1_000
"""Findings kept; what comes after them is only counted."""


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as the journal says. `code` is stable; `where` names it by ids alone."""

    code: str
    where: str
    sentence: str


class Report(msgspec.Struct):
    """What was read and compared, and what differs."""

    streams: int = 0
    entries: int = 0
    snapshots: int = 0
    rows: int = 0
    shortened: int = 0
    """Streams whose beginning was dropped by retention: replayed from their snapshots."""
    other_form: int = 0
    """Snapshots that a program of another version saved: recoveries pass over them, and so does the comparison."""
    found: int = 0
    findings: list[Finding] = []

    def add(self, code: str, where: str, sentence: str) -> None:
        self.found += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(code, where, sentence))
