"""Long work in steps: the history that Spotify still has when a listener is linked, and what its exports hold.

consumes: `sync.initial.*`, `sync.archive.*`
publishes: `facts.plays`, `facts.archive`, `facts.jobs`, `facts.users`, and the next step
owns: nothing; cuts what is in the object store `uploads`
"""
