"""One shard outside of Ray: the second incarnation of one that stands still, as another node would have started it.

It reads what it is told from standard input and ends when its partitions belong to someone else.
"""

import asyncio
import sys

import msgspec

from actors.config import ShardConfig
from actors.process import ShardProcess
from persistence.journal import Kind


class Told(msgspec.Struct, frozen=True):
    """Which shard to be: the only one of its kind."""

    kind: Kind
    config: ShardConfig


def main() -> None:
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Told)
    asyncio.run(ShardProcess(told.kind, 0, 1, told.config).run())


if __name__ == "__main__":
    main()
