"""The journal replayed from its first entry, and everything that was derived from it held against that."""
