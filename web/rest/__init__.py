"""The REST door: one table of operations, from which routes, permissions and the OpenAPI description follow."""
