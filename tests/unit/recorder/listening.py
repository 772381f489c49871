"""Seeded worlds: what a listener truly played, and what the API and both kinds of export tell of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from spindle.recorder.logic.twins import Side, Sight

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
BEGINNING = 1_600_000_000_000


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a listener listens, and how often the sides get it wrong."""

    songs: int = 12
    lengths: tuple[int, int] = (60 * SECOND, 400 * SECOND)
    repeats: float = 0.3
    skips: float = 0.2
    bulk: float = 0.02
    """Skips of many at once, with one end; also of one song."""
    pauses: float = 0.0
    """Near the end, up to two minutes: one side takes what comes after it for the end."""
    flips: float = 0.0
    """The API gives the start for the end."""
    missed: float = 0.0
    """No poll saw it."""
    leaks: float = 0.02
    """The API shows it although it was short."""
    echoes: float = 0.0
    """The API shows it again, seconds later."""
    told_twice: float = 0.0
    """The extended history has it again, seconds later."""
    clock: int = 0
    """How far the device's clock is off."""


@dataclass(frozen=True)
class World:
    """All that was seen, and what of it belongs together."""

    sights: list[Sight] = field(default_factory=list)
    plays: list[frozenset[Sight]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Play:
    number: int
    song: int
    length: int
    played: int
    start: int
    ends: tuple[int, int]
    """By the API, and by the export."""


def world(seed: int, habits: Habits, plays: int = 300) -> World:
    dice, made = Random(seed), World()
    for play in _plays(dice, habits, plays):
        rows = _rows(dice, habits, play)
        shown, *echoes = _shown(dice, habits, play) or [None]
        together = [sight for sight in (shown, *rows, _minute(play, rows[0])) if sight]
        made.sights.extend([*together, *filter(None, echoes)])
        made.plays.extend([frozenset(together), *(frozenset({echo}) for echo in echoes if echo)])
    return made


def _plays(dice: Random, habits: Habits, number: int) -> Iterator[_Play]:
    lengths = [dice.randint(*habits.lengths) for _ in range(habits.songs)]
    song, now = 0, BEGINNING + dice.randrange(HOUR)
    for at in range(0, number * 10, 10):
        for place in range(5 if dice.random() < habits.bulk else 0):
            each = song if place < 2 else dice.randrange(habits.songs)
            yield _Play(number=at + place, song=each, length=lengths[each], played=0, start=now, ends=(now, now))
        song = song if dice.random() < habits.repeats else dice.randrange(habits.songs)
        played = dice.randint(SECOND, lengths[song]) if dice.random() < habits.skips else lengths[song]
        end = now + played
        gone = end + (dice.randrange(120 * SECOND) if dice.random() < habits.pauses else 0)
        ends = (end, gone) if dice.random() < 0.5 else (gone, end)
        yield _Play(number=at + 9, song=song, length=lengths[song], played=played, start=now, ends=ends)
        now = gone + dice.randint(60, 800) + (dice.randrange(12 * HOUR) if dice.random() < 0.03 else 0)


def _shown(dice: Random, habits: Habits, play: _Play) -> list[Sight]:
    """What the API has of it."""
    if dice.random() < (habits.missed if play.played >= 30 * SECOND else 1 - habits.leaks) or not play.played:
        return []
    at = play.start if dice.random() < habits.flips else play.ends[0]
    again = [at + dice.randint(60, 4 * SECOND)] if dice.random() < habits.echoes else []
    return [Sight((play.number, "api", place), Side.API, each, _songs(play)) for place, each in enumerate((at, *again))]


def _rows(dice: Random, habits: Habits, play: _Play) -> list[Sight]:
    """What the extended history has of it."""
    end = play.ends[1] // SECOND * SECOND
    started = play.start + habits.clock if play.played else None
    again = [end + dice.randint(1, 60) * SECOND] if started and dice.random() < habits.told_twice else []
    return [
        Sight((play.number, "row", place), Side.EXTENDED, each, _songs(play), play.played, started)
        for place, each in enumerate((end, *again))
    ]


def _minute(play: _Play, row: Sight) -> Sight:
    """What the account data has of it."""
    songs = frozenset({f"name{play.song}"})
    return Sight((play.number, "minute"), Side.ACCOUNT, row.at // MINUTE * MINUTE, songs, play.played)


def _songs(play: _Play) -> frozenset[str]:
    return frozenset({f"id{play.song}", f"name{play.song}"})
