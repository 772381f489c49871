"""Long work in steps: the history that Spotify still has when a listener is linked.

consumes: `sync.initial.*`
publishes: `facts.plays`, `facts.jobs`, `facts.users`, and the next step
owns: nothing
"""
