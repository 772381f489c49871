"""`doctor`, as it is typed: the checks of `people.doctor`, and what only a home tells of its servers and its disk."""
