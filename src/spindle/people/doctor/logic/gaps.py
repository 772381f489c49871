"""Gaps: how much of each listener's time nobody can prove complete."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from spindle.people.doctor.logic.findings import SHOWN, Finding, Way, ok, warning
from spindle.people.wording import count, local, span
from spindle.shared.ids import UserId
from spindle.shared.messages.ask import Gap, Listener

CHECK = "gaps"

_TODO = "Nothing closes a gap but an import of your privacy export from Spotify."


def with_gaps(everyone: Sequence[Listener]) -> list[Listener]:
    """Those who miss most first."""
    found = [one for one in everyone if one.coverage and one.coverage.gaps]
    return sorted(found, key=lambda one: one.coverage.missing if one.coverage else timedelta(), reverse=True)


def gaps(everyone: Sequence[Listener], latest: Mapping[UserId, Gap]) -> list[Finding]:
    """`latest`: the most recent gap of each, as far as it was asked for."""
    theirs = with_gaps(everyone)
    if not theirs:
        return [ok(CHECK, "There are none: every page of plays reaches back to the one before it.")]
    if len(theirs) <= SHOWN:
        return [warning(CHECK, _said(one, latest.get(one.user)), _TODO, _import(one)) for one in theirs]
    number = sum(one.coverage.gaps for one in theirs if one.coverage)
    most = f"most of it of {_said(theirs[0], latest.get(theirs[0].user))}"
    return [warning(CHECK, f"{count(len(theirs), 'listener')} have {count(number, 'gap')}, {most}", _TODO)]


def _import(one: Listener) -> Way:
    return Way(f"Import for {one.name}", f"/import?user={one.user}")


def _said(one: Listener, latest: Gap | None) -> str:
    known = one.coverage
    if known is None:
        return f"{one.name}."
    last = f"; the latest from {local(latest.after)} to {local(latest.before)}" if latest else ""
    return f"{one.name}: {count(known.gaps, 'gap')}, {span(known.missing.total_seconds())} in all{last}."
