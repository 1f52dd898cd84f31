"""The memory in Postgres. No other package of the house imports the driver."""
