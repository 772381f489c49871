"""Which plays a batch of pages brings, and which page brought them first."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from spindle.shared.ids import JobId, UserId
from spindle.shared.messages.plays import PlaysFetched, Source


class PlayKey(NamedTuple):
    """What makes a play that the API showed one and the same."""

    user: UserId
    played_at: datetime
    track: str


class Sighting(NamedTuple):
    """Who saw a play. Of several sightings by one source only the first is kept."""

    key: PlayKey
    source: Source
    seen_at: datetime
    job: JobId
    step: int
    context: str | None


def keys(page: PlaysFetched) -> list[PlayKey]:
    """One for each item of a page, in its order, to the millisecond."""
    user = page.user
    return [PlayKey(user, _to_the_millisecond(play.played_at), play.track.id) for play in page.plays]


def sightings(pages: Iterable[PlaysFetched], of: Mapping[str, list[PlayKey]]) -> list[Sighting]:
    """What these pages saw, each play once for each source. `of` has the pages' keys by their identities."""
    first: dict[tuple[PlayKey, Source], Sighting] = {}
    for page in pages:
        source, at, job, step = page.source, page.fetched_at, page.job, page.step
        for key, play in zip(of[page.identity], page.plays, strict=True):
            seen = Sighting(key, source, at, job, step, play.context)
            known = first.get((key, source))
            first[key, source] = seen if known is None else _merged(known, seen)
    return list(first.values())


def _merged(one: Sighting, other: Sighting) -> Sighting:
    first = min(one, other, key=lambda each: (each.seen_at, each.job, each.step))
    return first._replace(context=max(one.context or "", other.context or "") or None)


def _to_the_millisecond(at: datetime) -> datetime:
    utc, odd = at.astimezone(UTC), at.microsecond % 1000
    return utc.replace(microsecond=utc.microsecond - odd) if odd else utc
