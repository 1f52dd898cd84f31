"""Breakages of the product on purpose, and whether they are noticed: `strowger mutants`.

Those that are written break one guarantee each, in a process of their own; a seeded world or a named unit test must
notice. Those that are generated change one expression of `engine/` each, in a copy; its unit tests must notice.
"""
