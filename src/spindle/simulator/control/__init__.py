"""What scripts may do to the world: everything under `/control`, which no Spotify has."""
