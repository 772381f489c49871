"""What values that were observed mean: one pure function a check, from values to findings."""
