"""The processes: they host engine entities, journal what happened, and carry messages.

Every actor is a plain class over ports (`ports.py`): the same code runs under Ray, in tests, and in the seeded world of
`actors.simulation`. Only `cluster.py` knows Ray.
"""
