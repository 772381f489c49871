"""`keys`: which keys seal the tokens, and their rotation."""
