"""What can go wrong when somebody asks for something: one line each, saying what to do.

Problem
├── NoAnswer          a service that should answer does not
├── Refused           it answers, and says no
│   └── BadQuestion   because nobody could answer that
├── NameTaken         another listener has this name
└── NoSuchListener    a name or an id that nobody has
"""

from spindle.people.wording import LINK, command


class Problem(Exception):
    """What was asked for cannot be done."""


class NoAnswer(Problem):
    """A service does not answer."""


class Refused(Problem):
    """A service answers, and says no."""


class NameTaken(Problem):
    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r} is taken by another listener: choose another one")


class BadQuestion(Refused):
    """What was asked makes no sense."""


class NoSuchListener(Problem):
    def __init__(self, wanted: str, names: list[str], more: bool = False) -> None:
        there = ", ".join(names) + (", …" if more else "")
        known = f"there are: {there}" if names else f"add one with `{command(LINK)}`"
        super().__init__(f"no listener named {wanted!r}; {known}")
