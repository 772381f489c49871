"""Listeners who do not exist: what they play, by habit and by chance, the same for the same seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAYS = 42
SHORTEST = 30.0  # seconds of a play that Spotify shows


@dataclass
class Diary:
    """`minutes` are how long a session lasts on average, `skips` which share of its plays is cut short."""

    chance: random.Random
    ends: list[datetime] = field(default_factory=list)
    zone: float = 0.0
    """Hours by which the day begins later."""

    def session(
        self, day: int, hour: float, minutes: float, *, likely: float = 1.0, about: float = 0.7, skips: float = 0.2
    ) -> None:
        if self.chance.random() > likely:
            return
        at = BEGIN + timedelta(days=day, hours=hour + self.zone + self.chance.gauss(0, about))
        until = at + timedelta(minutes=minutes) * self.chance.expovariate(1)
        while at < until:
            skipped = self.chance.random() < skips
            length = self.chance.uniform(1, 60) if skipped else max(45.0, self.chance.gauss(205, 45))
            at += timedelta(seconds=length + 0.5)
            if length >= SHORTEST:
                self.ends.append(at)

    def skipping(self, day: int, hour: float, minutes: float) -> None:
        """Every play lasts just long enough to be shown."""
        at = BEGIN + timedelta(days=day, hours=hour)
        until = at + timedelta(minutes=minutes)
        while at < until:
            at += timedelta(seconds=31)
            self.ends.append(at)


Habit = Callable[[Diary, int], None]


def _evenings(diary: Diary, day: int) -> None:
    diary.session(day, 19, 70, likely=0.8)
    diary.session(day, 8, 25, likely=0.6)
    diary.session(day, 22.5, 30, likely=0.3)


def _office(diary: Diary, day: int) -> None:
    if day % 7 < 5:
        diary.session(day, 7.5, 30, likely=0.8)
        diary.session(day, 9.5, 120, likely=0.8)
        diary.session(day, 14, 120, likely=0.8)
    else:
        diary.session(day, 13, 60, likely=0.6, about=2)


def _nights(diary: Diary, day: int) -> None:
    diary.session(day, 23, 60, likely=0.8)
    diary.session(day, 26, 120, likely=0.8)
    diary.session(day, 29, 60, likely=0.8)


def _weekends(diary: Diary, day: int) -> None:
    if day % 7 >= 5:
        diary.session(day, 11, 90, about=1.5)
        diary.session(day, 20, 200)


def _all_day(diary: Diary, day: int) -> None:
    diary.session(day, 7, 600, about=0.3, skips=0.03)


def _skipper(diary: Diary, day: int) -> None:
    diary.session(day, 18, 60, likely=0.7, about=2, skips=0.85)


def _silence(diary: Diary, day: int) -> None:
    if day == 0 or day > DAYS // 2:
        diary.session(day, 16, 30 if day == 0 else 300, about=3, skips=0.5)


def _traveller(diary: Diary, day: int) -> None:
    diary.zone = -8.0 if day >= DAYS // 2 else 0.0
    diary.session(day, 18, 90, likely=0.8)
    diary.session(day, 8, 30, likely=0.8)


def _bursts(diary: Diary, day: int) -> None:
    if day in (0, 1, 25, 26, DAYS - 1):
        diary.session(day, 13, 400, about=4, skips=0.3)


def _rarely(diary: Diary, day: int) -> None:
    diary.session(day, 17, 15, likely=0.2, about=4)


def _sampler(diary: Diary, day: int) -> None:
    """Samples tracks for a while in the middle of an evening."""
    if day % 3 == 0:
        diary.session(day, 19, 40, about=0.3)
        diary.skipping(day, 19.2, 40)


HABITS: dict[str, Habit] = {
    "evenings": _evenings,
    "office hours": _office,
    "night shifts": _nights,
    "weekends only": _weekends,
    "all-day radio": _all_day,
    "skips most": _skipper,
    "three weeks silent": _silence,
    "changes time zone": _traveller,
    "bursts": _bursts,
    "now and then": _rarely,
    "samples for 31 s each": _sampler,
}


def ends(habit: str, seed: int) -> Sequence[datetime]:
    """When the plays ended, oldest first."""
    diary = Diary(random.Random(f"{habit} {seed}"))
    for day in range(DAYS):
        HABITS[habit](diary, day)
    return spaced(diary.ends)


def spaced(found: Sequence[datetime]) -> Sequence[datetime]:
    """Nobody plays two things at once: what ends within half a minute of another is left out."""
    kept: list[datetime] = []
    for each in sorted(found):
        if not kept or each - kept[-1] >= timedelta(seconds=SHORTEST):
            kept.append(each)
    return kept
