"""What surrounds every page of Listening: the other pages, the periods, what counts as a play, and whose days it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from spindle.gateway.here import Gateway
from spindle.gateway.pages.listening.view import DEFAULT, View
from spindle.people import asking, periods
from spindle.people.heard import zone
from spindle.people.zooming import following, previous, wider
from spindle.shared.messages.ask import AskPlays
from spindle.shared.messages.choices import THRESHOLDS

PAGES = (("", "Overview"), ("/tracks", "Tracks"), ("/artists", "Artists"), ("/albums", "Albums"), ("/plays", "Plays"))
_EVENTS = "PlaysRecorded ImportUndone UserChose"
"""After which these pages look otherwise."""
_LENGTHS = {0: "any length", 10: "10 s", 30: "30 s", 60: "1 min", 120: "2 min"}


@dataclass(frozen=True)
class Choice:
    words: str
    place: str
    is_current: bool


def surroundings(view: View, here: str, names: Mapping[str, str], first: date | None) -> Mapping[str, object]:
    """For the template; `here` is one of the pages, `names` are listeners, `first` is the day of the first play."""
    return {
        "view": view,
        "one": view.one,
        "here": here,
        "names": names,
        "title": periods.name(view.period),
        "where": zone(view.one),
        "told_by": None if view.period.until and view.period.until <= view.today else _EVENTS,
        "pages": [Choice(name, view.at(place, by="", show=""), place == here) for place, name in PAGES],
        "periods": list(_periods(view, here, first)),
        "thresholds": list(_thresholds(view, here)),
        "around": [
            (arrow, periods.name(period), view.at(here, period=period.key, by=""))
            for arrow, period in (("before", previous(view.period)), ("after", following(view.period)))
            if period and period.since and period.since <= view.today
        ],
        "wider": _wider(view, here),
        "since": view.days[0],
        "last": view.days[1] - timedelta(days=1) if view.days[1] else None,
    }


async def first_day(gateway: Gateway, view: View) -> date | None:
    """Of the first play that is known; to ask for the play itself costs next to nothing."""
    found = await asking.page_of_plays(gateway.client, AskPlays(user=view.one.user, limit=1))
    return found.plays[0].played_at.astimezone(zone(view.one)).date() if found.plays else None


def _periods(view: View, here: str, first: date | None) -> Iterator[Choice]:
    years = range(view.today.year, (first or view.today).year - 1, -1)
    lengths = ((DEFAULT, "4 weeks"), ("6m", "6 months"), ("all", "Everything"))
    for key, words in (*lengths, *((f"{number}", f"{number}") for number in years)):
        yield Choice(words, view.at(here, period=key, by=""), key == view.period.key)


def _thresholds(view: View, here: str) -> Iterator[Choice]:
    """Each is said, so that an address means the same when the listener chooses another one."""
    for each in THRESHOLDS:
        said = "" if each == view.own_at_least else str(each)
        yield Choice(_LENGTHS[each], view.at(here, at_least=said), each == view.at_least)


def _wider(view: View, here: str) -> tuple[str, str] | None:
    period = wider(view.period)
    return (periods.name(period), view.at(here, period=period.key, by="")) if period else None
