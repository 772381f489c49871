"""The typed edge to Spotify: calls, tokens, and what its JSON means in our words."""
