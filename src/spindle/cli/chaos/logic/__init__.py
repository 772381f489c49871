"""What must be true after a chaos run."""
