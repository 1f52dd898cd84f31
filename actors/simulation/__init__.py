"""A seeded world: the real engine and the real shard class over a simulated clock, network and store, in one thread.

Everything that happens follows from one seed: arrivals, what agents do, delays, losses, crashes. `strowger torture`
runs many seeds; one that fails is reproduced by its number alone.
"""
