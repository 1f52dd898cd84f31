"""The memory without a database: the same contracts, kept in plain attributes, for simulation and tests."""
