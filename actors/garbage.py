"""Garbage collection that fits processes full of small values that never point back at each other.

Events, entities and frames make no cycles, so reference counts free nearly everything; what is left for the collector
is little, while a full collection over 100,000 entities stops a process for 30 ms.
"""

import gc

COLLECT_EVERY = (50_000, 20, 20)
"""Allocations before a collection, and collections before one of the older generations."""


def collect_rarely() -> None:
    """From now on collect seldom, and never look again at what has been loaded so far."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
