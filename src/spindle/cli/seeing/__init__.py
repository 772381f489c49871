"""Seeing: how it stands, what was played, what happens; for people and for programs."""
