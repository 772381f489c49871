"""Decides what runs: starts jobs, answers people's controls, heals what got lost, and notices consents that end soon.

consumes: `control`, `users.linked`, `users.removed`; asks `ask.users`, `ask.jobs`, `ask.imports`
publishes: first steps into mailboxes, `facts.jobs`, `facts.users`, `facts.archive` (what is revoked),
           `controls.answered`, `users.paused`, `users.resumed`; what is retried of the stream `dead`
owns: pauses (KV)
"""
