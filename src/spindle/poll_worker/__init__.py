"""Prompt work, done in seconds: one poll is one call of Spotify's API.

consumes: `sync.poll.*`
publishes: `facts.plays`, `facts.jobs`, `facts.users`, and the next poll
owns: nothing
"""
