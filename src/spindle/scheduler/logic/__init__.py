"""Why: pure decisions about what should run."""
