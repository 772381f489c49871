"""The door for people: login with Spotify, HTTP API, live events, and the pages.

consumes: HTTP, `events`
publishes: `facts.users`, `control`, uploads; asks the recorder (`ask.*`)
owns: nothing
"""
