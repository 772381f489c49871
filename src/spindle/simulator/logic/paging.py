"""The cursors of recently-played, as they really work (facts.md §1.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from urllib.parse import urlencode

from spindle.simulator.worlds.plays import Play

DEFAULT_LIMIT, MAX_LIMIT = 20, 50


class BadQuery(ValueError):
    """A query that the API answers with 400."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for; `after` and `before` are exclusive."""

    limit: int = DEFAULT_LIMIT
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """What a page says about the pages beside it; both None on an empty one."""

    next: str | None
    cursors: Mapping[str, str] | None


def query(params: Mapping[str, str]) -> Query:
    limit = _whole(params.get("limit", str(DEFAULT_LIMIT)), "Invalid limit")
    if not 1 <= limit <= MAX_LIMIT:
        raise BadQuery("Invalid limit")
    if "after" in params and "before" in params:
        raise BadQuery("Only one of before and after may be given")  # the real text is not known
    after = _whole(params["after"], "Invalid after") if "after" in params else None
    before = _whole(params["before"], "Invalid before") if "before" in params else None
    return Query(limit, after, before)


def _whole(text: str, message: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18):
        raise BadQuery(message)
    return int(text)


def page(visible: Iterable[Play], asked: Query, reach: int | None) -> list[Play]:
    """The page, newest first. `after` too yields the newest of all later plays, not the ones next to the cursor."""
    found: Iterable[Play] = islice(visible, reach)
    if asked.after is not None:
        after = asked.after
        found = takewhile(lambda play: play.played_at > after, found)
    if asked.before is not None:
        before = asked.before
        found = dropwhile(lambda play: play.played_at >= before, found)
    return list(islice(found, asked.limit))


def links(shown: Sequence[Play], asked: Query, path: str) -> Links:
    """A short page too has a `next`; only the empty one after it has none.

    After a page asked for with `after`, `next` goes on in that direction: a 43-item page was followed by an empty one.
    """
    if not shown:
        return Links(None, None)
    cursors = {"after": str(shown[0].played_at), "before": str(shown[-1].played_at)}
    side = "before" if asked.after is None else "after"
    return Links(f"{path}?{urlencode({side: cursors[side], 'limit': asked.limit})}", cursors)
