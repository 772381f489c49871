"""What can go wrong at the command line itself: one line each, saying what to do.

CommandError
├── NotRunning        no bus to talk to
├── NoAnswer          a service that should answer does not
├── Refused           it answers, and says no
└── NoSuchListener    a name or an id that nobody has
"""

from pathlib import Path

from spindle.cli.wording import LINK, at_home, command


class CommandError(Exception):
    """The command cannot be carried out."""


class NotRunning(CommandError):
    def __init__(self, home: Path) -> None:
        super().__init__(f"Spindle is not running on {at_home(home)}: start it with `{command('up')}`")


class NoAnswer(CommandError):
    """A service does not answer."""


class Refused(CommandError):
    """A service answers, and says no."""


class NoSuchListener(CommandError):
    def __init__(self, wanted: str, names: list[str], more: bool = False) -> None:
        there = ", ".join(names) + (", …" if more else "")
        known = f"there are: {there}" if names else f"add one with `{command(LINK)}`"
        super().__init__(f"no listener named {wanted!r}; {known}")
