"""Why: pure decisions about polls."""
