"""The rules of a call center, pure and synchronous.

Nothing in here does I/O, reads a clock, draws a random number or knows of Ray. Time arrives as an argument, once per
batch; identifiers arrive inside commands. The same events therefore always lead to the same state, which is what
recovery, simulation and replay stand on.

Two aggregates hold the state of one tenant:

- `switchboard.Switchboard`: queues and calls with their legs and offers. It has the last word on every call.
- `roster.Roster`: agents with their presence and the offers they hold.

Both speak in the same way: `decide(message, now_ms)` validates and answers with events, changing nothing;
`evolve(fact, position)` applies one event and cannot fail.
"""
