"""One example of each message about what was heard, for the golden files."""

from datetime import UTC, date, datetime

from spindle.shared.messages import Value
from spindle.shared.messages.ask import (
    AskBelongings,
    AskCoverage,
    AskListening,
    AskRepeats,
    AskTops,
    Bar,
    Belongings,
    By,
    Favourites,
    Heard,
    Listening,
    Ranked,
    RepeatRow,
    Repeats,
    Streak,
    Sums,
    TopRow,
    Tops,
    Window,
    Windows,
)
from spindle.shared.messages.choices import ChoicesMade, UserChose
from spindle.shared.messages.plays import Source

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
TRACK = "7hZ1mQ0bV9cXn3RkT2sYpL"
SINCE, UNTIL = date(2024, 3, 31), date(2024, 10, 27)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 20, hour, 5, 9, tzinfo=UTC)


TOPS = Tops(
    rows=(
        TopRow(
            rank=21,
            id=TRACK,
            name="Für Elise (夜) 🎹",
            artists=("The “Quiet” Harbour", "Ø"),
            album="Tidewater",
            plays=14,
            ms=2_821_938,
            plays_before=3,
            rank_before=70,
            first_at=at(1),
            last_at=at(2),
        ),
    ),
    more=True,
)

EXAMPLES: tuple[Value, ...] = (
    AskBelongings(user=USER),
    Belongings(plays=340, never_imported=17, imports=2, jobs=1200),
    AskCoverage(user=USER, since=at(1), until=at(2)),
    AskListening(user=USER, since=SINCE, until=UNTIL, at_least=60, by=By.WEEK, favourites=10, only=Sums.BY_TRACK),
    AskTops(user=USER, what=Ranked.ALBUMS, since=SINCE, until=UNTIL, at_least=0, limit=10, skip=20),
    AskRepeats(user=USER, since=SINCE, until=UNTIL, at_least=120, limit=5),
    Windows(windows=(Window(source=Source.POLL, after=at(1), before=at(2)),)),
    Listening(
        zone="Asia/Kathmandu",
        at_least=30,
        first=date(2017, 5, 1),
        last=date(2026, 11, 20),
        heard=Heard(plays=340, ms=61_200_000, tracks=120, artists=60, albums=70, days=28),
        before=Heard(plays=2, ms=360_000, tracks=1, artists=1, albums=1, days=1),
        bars=(Bar(begins=date(2024, 4, 1), plays=17, ms=3_060_000),),
        hours=tuple(tuple(24 * day + hour for hour in range(24)) for day in range(7)),
        longest=Streak(first=date(2024, 4, 1), last=date(2024, 4, 12)),
        current=Streak(first=date(2026, 11, 19), last=date(2026, 11, 20)),
        favourites=Favourites(tracks=TOPS, artists=TOPS, albums=TOPS),
    ),
    TOPS,
    Repeats(rows=(RepeatRow(day=UNTIL, track_id=TRACK, track="Tidewater", artists=("Ø",), plays=14),)),
    ChoicesMade(user=USER, zone="Asia/Kathmandu", at_least=60, chosen_at=at(3)),
    UserChose(user=USER, name="ada", zone="Asia/Kathmandu", at_least=60, caused_by=f"{USER}:chose:{at(3).isoformat()}"),
)
