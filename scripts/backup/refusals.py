"""Why a back-up or a restore is refused: a stable code and a sentence that says what to do."""

from enum import StrEnum

from scripts.errors import OperatorError


class Code(StrEnum):
    """Stable: scripts may look for them."""

    NO_FOLDER = "no_folder"
    NO_TOOL = "no_tool"
    NO_ROLE = "no_role"
    NO_BACKUP = "no_backup"
    DAMAGED = "damaged"
    VERSIONS_DO_NOT_FIT = "versions_do_not_fit"
    KEYS_DO_NOT_FIT = "keys_do_not_fit"
    TARGET_NOT_EMPTY = "target_not_empty"
    HOUSE_RUNNING = "house_running"
    BEFORE_THE_ARCHIVE = "before_the_archive"
    AFTER_THE_ARCHIVE = "after_the_archive"
    NOT_EMBEDDED = "not_embedded"
    BAD_MOMENT = "bad_moment"
    TOOL_FAILED = "tool_failed"


class BackupError(OperatorError):
    """A refusal; `code` stands before its sentence."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(f"{code.value}: {sentence}")
        self.code = code
