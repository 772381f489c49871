"""What is known of somebody's days, in words: how much, what is missing, and what would bring it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from spindle.people.coverage import Day, Proof, days, gaps, runs
from spindle.people.periods import day
from spindle.people.shapes import Json, plain
from spindle.people.wording import count, here, span
from spindle.shared.ids import Kind
from spindle.shared.messages.ask import Gap, Listener, Window
from spindle.shared.messages.plays import Source
from spindle.shared.pauses import ALL

CALLED = {
    Proof.COMPLETE: "complete",
    Proof.IMPORTED: "complete by an import",
    Proof.PARTIAL: "partly known",
    Proof.GAP: "in a gap",
}
MEANT = {
    Proof.COMPLETE: "polls and the initial sync have seen all there was",
    Proof.IMPORTED: "an import has brought all of it, or what polls had missed",
    Proof.PARTIAL: "for some hours nobody can say what was played",
    Proof.GAP: "nobody can say what was played",
}
HISTORY = "extended streaming history"
SOURCES = {Source.POLL: "polls", Source.INITIAL: "the initial sync", Source.IMPORT: "an import"}

_CUT = (
    "Here one imported file ends and the next one begins: unless a file was left out, nothing is missing. A newer "
    "export, whose files are cut elsewhere, proves it."
)
_ACCOUNT_DATA = timedelta(days=365)
"""How far back the small package reaches (facts.md §6.1)."""


def called(of: Day) -> str:
    return f"{CALLED[of.proof]} so far" if of.so_far and of.proof is not Proof.GAP else CALLED[of.proof]


def counts(known: Sequence[Day]) -> dict[Proof, int]:
    """Of each kind, in the order from the best to the worst."""
    found = Counter(each.proof for each in known)
    return {proof: found[proof] for proof in Proof}


def counted(known: Sequence[Day]) -> str:
    """`366 days: 306 complete, 60 complete by an import`."""
    there = [(CALLED[proof], number) for proof, number in counts(known).items() if number]
    of = [f"{number:,} {name}" for name, number in there]
    return f"{count(len(known), 'day')}: {', '.join(of)}"


def summary(windows: Sequence[Window], open_: Sequence[Gap]) -> str:
    """From when until when, by the reader's clocks, and what is open in between."""
    all_of_it = Gap(after=min(each.after for each in windows), before=max(each.before for each in windows))
    complete = f"Every play {between(all_of_it)} is recorded"
    if not open_:
        return f"{complete}: there are no gaps."
    longest = max(open_, key=_length)
    missing = sum((_length(gap) for gap in open_), timedelta())
    of = "but for one gap" if len(open_) == 1 else f"but for {count(len(open_), 'gap')}, {lasting(missing)} in all"
    which = "it lasts" if len(open_) == 1 else "the longest lasts"
    return f"{complete}, {of}; {which} {lasting(_length(longest))}, {between(longest)}."


def told(windows: Sequence[Window], where: ZoneInfo) -> dict[str, Json]:
    """For programs: days of each kind, and days in a row of which the same can be said."""
    known = days(windows, where)
    stretches = [{"first": str(run.first), "last": str(run.last), "proof": run.proof.value} for run in runs(known)]
    return {
        "zone": where.key,
        "gaps": [plain(gap) for gap in gaps(windows)],
        "days": {proof.value: number for proof, number in counts(known).items()},
        "stretches": stretches,
    }


def lasting(length: timedelta) -> str:
    return span(length.total_seconds())


def between(gap: Gap) -> str:
    """`from 3 May 2019 to 9 May 2019`; within a day, its hours."""
    after, before = here(gap.after), here(gap.before)
    if after.date() == before.date():
        return f"from {after:%H:%M} to {before:%H:%M} on {day(after.date())}"
    return f"from {day(after.date())} to {day(before.date())}"


def closes(gap: Gap, windows: Sequence[Window], now: datetime) -> str:
    """What would. Polls cannot: it is a gap because Spotify had nothing older to show them."""
    if _is_of_files(gap, windows):
        return _CUT
    small = " Account data will do, too." if now - gap.after < _ACCOUNT_DATA else ""
    return f"An import of the {HISTORY} that reaches {between(gap)}.{small}"


def before_all(windows: Sequence[Window]) -> str:
    """What lies before the first day."""
    first = min(windows, key=lambda window: window.after)
    since = day(here(first.after).date())
    if first.source is Source.IMPORT:
        return f"Nothing is known from before {since}, when the earliest imported file begins."
    return f"What was played before {since} comes with an import of the {HISTORY}, which goes back to the first play."


def after_all(windows: Sequence[Window], one: Listener) -> str:
    """What comes after the last one."""
    last = here(max(window.before for window in windows))
    since = f"{last:%H:%M} on {day(last.date())}"
    if one.disconnected_at:
        return f"Nothing is known from after {since}: the account has to be linked again."
    if {ALL, Kind.POLL.value} & set(one.paused):
        return f"Nothing is known from after {since}: polling is paused."
    return f"What is played after {since} is told by the poll that finds the next play."


def _length(gap: Gap) -> timedelta:
    return gap.before - gap.after


def _is_of_files(gap: Gap, windows: Sequence[Window]) -> bool:
    ends = {window.source for window in windows if window.before == gap.after}
    begins = {window.source for window in windows if window.after == gap.before}
    return ends == begins == {Source.IMPORT}
