"""A call center in virtual time: the engine's own rules, callers and agents drawn or recorded, no network, no journal.

`house` holds both owners of one tenant and its router, whose messages arrive at once. `world` is the event heap around
them: callers come, wait, talk and hang up; agents begin and end their shifts, answer and wrap up. `plan` says who,
`draws` how long, `fates` what became of everybody, `invariants` what must hold meanwhile.

Of the same plan and the same draws always comes the same course, to the millisecond.
"""
