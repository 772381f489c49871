"""Events as a timeline for people: days, local times, everybody in a colour of their own; without colour in a pipe."""

from collections.abc import Mapping
from datetime import date, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spindle.people.events import Event
from spindle.people.lines import Line, Sign, line
from spindle.people.wording import local

_COLOURS = ("cyan", "magenta", "green", "blue", "yellow", "bright_cyan", "bright_magenta", "bright_green")
"""Red is for what is broken."""
_SIGNS = {Sign.DONE: "green", Sign.BROKEN: "red", Sign.WAITS: "yellow", Sign.STEP: "dim"}
_SPOTIFY = "Spotify"
"""Who does what happens to no listener in particular."""
_SHORTEST, _LONGEST = len(_SPOTIFY), 12  # letters of a name


class Timeline:
    """`names` by id, in the order in which they came: whoever is added later leaves the others their colours."""

    def __init__(self, console: Console, names: Mapping[str, str], today: date | None = None) -> None:
        self._console = console
        self._names = dict(names)
        self._day = today

    def show(self, happened: Event) -> None:
        said = line(happened.message, happened.at) if happened.message else Line(Sign.STEP, happened.subject)
        who, words = self._who(happened), _words(said)
        if not self._console.is_terminal:
            self._console.print(Text(f"{local(happened.at)}  {who}  {said.sign} {words}"), soft_wrap=True)
            return
        self._separate(happened.at)
        row = Table.grid(padding=(0, 1, 0, 0))
        for _ in range(3):
            row.add_column(no_wrap=True)
        row.add_column(overflow="fold")  # else letters of double width at the end of a line become an ellipsis
        row.add_row(
            Text(f"{happened.at.astimezone():%H:%M:%S} ", style="dim"), who, Text(said.sign, words.style), words
        )
        self._console.print(row)

    def _separate(self, at: datetime) -> None:
        day = at.astimezone().date()
        if day != self._day:
            blank = "\n" if self._day else ""
            self._day = day
            self._console.print(Text(f"{blank}{day:%A}, {day.day} {day:%B %Y}", style="bold"))

    def _who(self, happened: Event) -> Text:
        user = str(happened.body.get("user", ""))
        if not user:
            return self._sized(Text(_SPOTIFY, style="bold"))
        if name := getattr(happened.message, "name", ""):
            self._names[user] = name
        name = self._names.setdefault(user, user[-12:])
        return self._sized(Text(name, style=_COLOURS[list(self._names).index(user) % len(_COLOURS)]))

    def _sized(self, shown: Text) -> Text:
        width = min(max((_SHORTEST, *map(len, self._names.values()))), _LONGEST)
        shown.truncate(width, overflow="ellipsis", pad=True)
        return shown


def _words(said: Line) -> Text:
    style = _SIGNS.get(said.sign, "")
    text = Text(style=style).append(said.words, style="bold" if said.sign is Sign.PLAYS else "")
    for number, part in enumerate(said.more):
        text.append(" · ", style="dim").append(part, style="dim" if number else "")
    return text
