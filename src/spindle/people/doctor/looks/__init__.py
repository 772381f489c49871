"""Thin looks at the world: one function a check, which gathers values and hands them to its rule."""
