"""A real person's export as a world: what its rows say was played becomes what the API returns, at its times."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from spindle.simulator.worlds.ids import base62, fraction, number
from spindle.simulator.worlds.plays import RULE_MS, Album, Artist, Hidden, Play, Track

_SECOND_MS = 1_000
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Row:
    """What both packages say about a play. `at` is the beginning of the `grain` of time in which it ended."""

    at: int
    grain: int
    ms_played: int
    name: str
    artist: str
    album: str
    track_id: str
    hidden: Hidden | None
    whole: bool = True
    """Heard to its end, so that `ms_played` is the track's length."""


class Replay:
    """A listener whose plays are known beforehand."""

    def __init__(self, plays: Sequence[Play]) -> None:
        self._plays = sorted(plays, key=lambda play: play.played_at)

    def __len__(self) -> int:
        return len(self._plays)

    @property
    def oldest(self) -> int | None:
        return self._plays[0].played_at if self._plays else None

    def newest_first(self, before: int) -> Iterator[Play]:
        for at in range(bisect_left(self._plays, before, key=lambda play: play.played_at) - 1, -1, -1):
            yield self._plays[at]


def replay(rows: Iterable[dict[str, object]], seed: int) -> Replay:
    """The world of these rows; rows of several files of one person, of either package, may stand together."""
    known = _once([_row(row) for row in rows if "ts" in row or "endTime" in row])
    lengths: dict[str, int] = {}
    for row in known:
        if row.whole or row.track_id not in lengths:
            lengths[row.track_id] = max(lengths.get(row.track_id, 0), row.ms_played)
    for row in known:
        lengths[row.track_id] = max(lengths[row.track_id], row.ms_played)
    return Replay(list(_plays(known, lengths, seed)))


def _row(row: dict[str, object]) -> Row:
    return _extended(row) if "ts" in row else _account(row)


def _extended(row: dict[str, object]) -> Row:
    uri = _text(row, "spotify_track_uri")
    name = _text(row, "master_metadata_track_name")
    ms = _count(row, "ms_played")
    track_id = uri.removeprefix("spotify:track:") if uri.startswith("spotify:track:") else ""
    return Row(
        at=_moment(_text(row, "ts"), "%Y-%m-%dT%H:%M:%SZ"),
        grain=_SECOND_MS,
        ms_played=ms,
        name=name,
        artist=_text(row, "master_metadata_album_artist_name"),
        album=_text(row, "master_metadata_album_album_name"),
        track_id=track_id,
        hidden=_hidden(bool(track_id and name), bool(row.get("spotify_episode_uri")), row.get("incognito_mode"), ms),
        whole=row.get("reason_end") == "trackdone",
    )


def _account(row: dict[str, object]) -> Row:
    """Account data know no ids: one is made of the names, and is the same in every file."""
    name, artist = _text(row, "trackName"), _text(row, "artistName")
    ms = _count(row, "msPlayed")
    return Row(
        at=_moment(_text(row, "endTime"), "%Y-%m-%d %H:%M"),
        grain=_MINUTE_MS,
        ms_played=ms,
        name=name,
        artist=artist,
        album="",
        track_id=base62("export", artist, name) if name else "",
        hidden=_hidden(bool(name), "trackName" not in row, None, ms),
    )


def _hidden(has_track: bool, spoken: bool, private: object, ms: int) -> Hidden | None:
    if not has_track:
        return Hidden.PODCAST if spoken else Hidden.NO_TRACK
    if private is True:
        return Hidden.PRIVATE
    return Hidden.SHORT if ms < RULE_MS else None


def _once(rows: list[Row]) -> list[Row]:
    """Two downloads overlap: the same row counts once, and an account row gives way to its extended twin.

    Rows that differ in `ms_played` alone are two plays; the API has such near-duplicates too (facts.md §1.3).
    """
    extended = {row for row in rows if row.grain == _SECOND_MS}
    twins = {(row.at // _MINUTE_MS, row.name, row.artist, row.ms_played) for row in extended}
    kept = (
        row
        for row in rows
        if row in extended or (row.at // _MINUTE_MS, row.name, row.artist, row.ms_played) not in twins
    )
    return list(dict.fromkeys(kept))


def _plays(rows: list[Row], lengths: dict[str, int], seed: int) -> Iterator[Play]:
    """Exports cut the milliseconds off; they are drawn again, distinct and in the order of the rows."""
    tracks: dict[str, Track] = {}
    taken: set[int] = set()
    for (at, grain), group in groupby(
        sorted(rows, key=lambda row: (row.at, row.grain)), lambda row: (row.at, row.grain)
    ):
        together = list(group)
        for row, moment in zip(together, _moments(at, grain, len(together), taken, seed), strict=True):
            if row.track_id and row.name and row.track_id not in tracks:
                tracks[row.track_id] = _track(row, lengths[row.track_id])
            yield Play(moment, row.ms_played, tracks.get(row.track_id), None, row.hidden)


def _moments(at: int, grain: int, count: int, taken: set[int], seed: int) -> list[int]:
    found: list[int] = []
    draw = 0
    while len(found) < count:
        moment = at + int(fraction(seed, "ms", at, grain, draw) * grain)
        draw += 1
        if moment not in taken:
            taken.add(moment)
            found.append(moment)
    return sorted(found)


def _track(row: Row, length: int) -> Track:
    artist = Artist(base62("export", row.artist), row.artist)
    title = row.album or row.name
    year = 1970 + number(row.artist, title, "year") % 40
    of = 1 + number(row.artist, title, "tracks") % 14
    album = Album(base62("export", row.artist, title), title, "album" if of > 2 else "single", (artist,), str(year), of)
    return Track(
        id=row.track_id,
        name=row.name,
        artists=(artist,),
        album=album,
        number=1 + number(row.track_id) % of,
        duration_ms=length,
        explicit=number(row.track_id, "explicit") % 12 == 0,
        isrc=f"QZSIM{year % 100:02}{number(row.track_id, 'isrc') % 100_000:05}",
        popularity=number(row.track_id, "popularity") % 90,
    )


def _text(row: dict[str, object], key: str) -> str:
    return str(row.get(key) or "")


def _count(row: dict[str, object], key: str) -> int:
    found = row.get(key)
    if not isinstance(found, int):
        raise ValueError(f"{key} is not a number of milliseconds")  # noqa: TRY004 - the file is wrong, not the code
    return found


def _moment(text: str, form: str) -> int:
    return round(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() * 1000)
