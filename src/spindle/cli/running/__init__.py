"""Running: everything in one process, one service in its own, and what must be there before."""
