from scripts.errors import OperatorError


class EmbeddedError(OperatorError):
    """An embedded server could not do what was asked."""
