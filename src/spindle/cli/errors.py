"""What can go wrong at the command line only."""

from pathlib import Path

from spindle.people.errors import Problem
from spindle.people.wording import at_home, command


class NotRunning(Problem):
    """There is no bus to talk to."""

    def __init__(self, home: Path) -> None:
        super().__init__(f"Spindle is not running on {at_home(home)}: start it with `{command('up')}`")
