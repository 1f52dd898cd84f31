class EmbeddedError(Exception):
    """An embedded server could not do what was asked; the text says what a person can do about it."""
