"""Live events: one consumer of the stream `events`, and any number of followers of it."""
