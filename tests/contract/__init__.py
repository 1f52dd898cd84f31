"""One suite for each contract, run against every implementation of it."""
