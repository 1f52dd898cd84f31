class OperatorError(Exception):
    """Something that whoever runs the product can mend; the text says what to do."""
