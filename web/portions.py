"""Many small things cut into runs that may travel together."""

from collections.abc import Iterator, Sequence


def portions(pieces: Sequence[bytes], *, count_max: int, bytes_max: int) -> Iterator[Sequence[bytes]]:
    """Runs of at most `count_max` pieces and `bytes_max` bytes, in order; a larger piece travels alone."""
    start = size = 0
    for at, piece in enumerate(pieces):
        if at > start and (at - start == count_max or size + len(piece) > bytes_max):
            yield pieces[start:at]
            start, size = at, 0
        size += len(piece)
    if pieces:
        yield pieces[start:]
