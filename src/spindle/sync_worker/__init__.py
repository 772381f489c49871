"""Long work in steps: the history that Spotify still has when a listener is linked, and what its exports hold.

consumes: `sync.initial.*`, `sync.archive.*`; about the watched folder asks `ask.users`, `ask.jobs`, `ask.imports`
publishes: `facts.plays`, `facts.archive`, `facts.jobs`, `facts.users`, the next step; `control.import` for what lies in
           the watched folder
owns: nothing; cuts what is in the object store `uploads`
"""
