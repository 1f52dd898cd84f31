"""The encodings of the protocol, by the subprotocol that both ends have agreed on."""

from collections.abc import Iterator, Sequence

import msgspec

from web.portions import portions
from web.protocol import (
    BATCH_SUBPROTOCOL,
    FRAME_BYTES_MAX,
    JSON_SUBPROTOCOL,
    MSGPACK_SUBPROTOCOL,
    ClientFrame,
    ServerFrame,
)

BATCH_FRAMES_MAX = 100
"""Frames in one message where messages are batches."""

EncodedFrame = bytes | msgspec.Raw


class Codec:
    """One encoding. A message is a frame, or an array of frames where that was agreed (`is_batch`)."""

    def __init__(self, subprotocol: str) -> None:
        self.subprotocol = subprotocol
        self.is_binary = subprotocol != JSON_SUBPROTOCOL
        self.is_batch = subprotocol == BATCH_SUBPROTOCOL
        self._encoder: msgspec.msgpack.Encoder | msgspec.json.Encoder
        self._decoder: msgspec.msgpack.Decoder[ClientFrame] | msgspec.json.Decoder[ClientFrame]
        if self.is_binary:
            self._encoder = msgspec.msgpack.Encoder()
            self._decoder = msgspec.msgpack.Decoder(ClientFrame)
        else:
            self._encoder = msgspec.json.Encoder()
            self._decoder = msgspec.json.Decoder(ClientFrame)
        self._split = msgspec.msgpack.Decoder(list[msgspec.Raw])

    def encode(self, frame: ServerFrame) -> bytes:
        return self._encoder.encode(frame)

    def decode(self, frame: EncodedFrame) -> ClientFrame:
        """Raises `msgspec.ValidationError` for what is not a frame, `msgspec.DecodeError` for what is not even that."""
        return self._decoder.decode(frame)

    def split(self, message: bytes) -> Sequence[EncodedFrame]:
        """The frames of a message, each still encoded. Raises `msgspec.DecodeError`."""
        return self._split.decode(message) if self.is_batch else (message,)

    def join(self, frames: Sequence[bytes]) -> Iterator[tuple[bytes, Sequence[bytes]]]:
        """Messages that carry these frames in order, each with those in it."""
        if not self.is_batch:
            yield from ((frame, (frame,)) for frame in frames)
            return
        for together in portions(frames, count_max=BATCH_FRAMES_MAX, bytes_max=FRAME_BYTES_MAX):
            yield self._encoder.encode([msgspec.Raw(frame) for frame in together]), together


CODECS: dict[str, Codec] = {name: Codec(name) for name in (JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, BATCH_SUBPROTOCOL)}
