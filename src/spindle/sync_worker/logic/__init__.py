"""Why: pure decisions about long work."""
