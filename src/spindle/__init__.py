"""Spindle keeps a person's music life: it records what they play on Spotify without losing a play."""
