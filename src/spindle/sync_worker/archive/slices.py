"""Rows on their way into one object of the store: so many, and so many bytes, that it fits a message."""

from spindle.shared.messages.imports import Circumstances, Reject, Rows, Stretch
from spindle.shared.messages.plays import Album, Artist, Track
from spindle.sync_worker.logic.exports import Heard, How

ROWS = 5000
BYTES = 512 * 1024
"""After this no row is added. The longest row that is believed adds 50 kB; servers allow a message of a megabyte."""

_PLAY = 48  # bytes of its five numbers, at most
_NAMED = 30  # bytes of a track's id in the table
_REJECT = 50  # bytes of one without its reason
_REMEMBERED = 200_000


class Said:
    """What an import has said of tracks. It forgets when that is very much; then something is said again."""

    def __init__(self) -> None:
        self._said: set[int] = set()

    def anew(self, play: Heard) -> Track | None:
        """What this play's row says of its track, unless it was said before. Nothing when the export withholds it."""
        key = hash((play.track_id, play.title, play.artist, play.album))
        if key in self._said or not play.title:
            return None
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add(key)
        return Track(
            id=play.track_id,
            name=play.title,
            artists=(Artist(id=None, name=play.artist),) if play.artist else (),
            album=Album(id=None, name=play.album) if play.album else None,
        )


class Slice:
    def __init__(self, first: int, said: Said) -> None:
        """`first` is the number of its first play among all of the import."""
        self.read = 0
        """Rows, those too that are no plays."""
        self._first = first
        self._said = said
        self._size = 0
        self._stretches: list[Stretch] = []
        self._file, self._to_the_minute, self._began = 0, False, 0
        self._plays: list[tuple[int, int, int | None, int, int]] = []
        self._tracks: dict[str, int] = {}
        self._hows: dict[How, int] = {}
        self._news: list[Track] = []
        self._rejects: list[Reject] = []

    @property
    def plays(self) -> int:
        return len(self._plays)

    @property
    def full(self) -> bool:
        return self.read >= ROWS or self._size >= BYTES

    @property
    def empty(self) -> bool:
        return not self._plays and not self._rejects

    def hear(self, play: Heard, file: int) -> None:
        if file != self._file or play.to_the_minute is not self._to_the_minute:
            self._close_stretch()
            self._file, self._to_the_minute = file, play.to_the_minute
        self.read += 1
        self._size += _PLAY
        self._plays.append((play.ended, play.ms_played, play.started, self._track_of(play), self._how_of(play.how)))

    def leave(self, file: int, position: int, reason: str | None) -> None:
        """A row that is no play; with a reason, a rejected one."""
        self.read += 1
        if reason is not None:
            self._size += _REJECT + len(reason)
            self._rejects.append(Reject(file=file, position=position, reason=reason))

    def rows(self) -> Rows:
        self._close_stretch()
        ended, ms_played, started, track, how = zip(*self._plays, strict=True) if self._plays else ((),) * 5
        return Rows(
            first=self._first,
            stretches=tuple(self._stretches),
            ended=ended,
            ms_played=ms_played,
            started=started,
            track=track,
            circumstance=how,
            tracks=tuple(self._tracks),
            circumstances=tuple(map(_circumstances, self._hows)),
            said=tuple(self._news),
            rejects=tuple(self._rejects),
        )

    def _close_stretch(self) -> None:
        rows = len(self._plays) - self._began
        if rows:
            self._stretches.append(Stretch(file=self._file, rows=rows, to_the_minute=self._to_the_minute))
        self._began = len(self._plays)

    def _track_of(self, play: Heard) -> int:
        if news := self._said.anew(play):
            self._news.append(news)
            self._size += len(news.model_dump_json().encode())
        known = self._tracks.get(play.track_id)
        if known is None:
            known = self._tracks[play.track_id] = len(self._tracks)
            self._size += _NAMED
        return known

    def _how_of(self, how: How) -> int:
        known = self._hows.get(how)
        if known is None:
            how = how.tidy()
            known = self._hows.setdefault(how, len(self._hows))
            self._size += len(_circumstances(how).model_dump_json().encode())
        return known


def _circumstances(how: How) -> Circumstances:
    return Circumstances(
        platform=how.platform,
        country=how.country,
        reason_start=how.reason_start,
        reason_end=how.reason_end,
        shuffle=how.shuffle,
        skipped=how.skipped,
        offline=how.offline,
        private=how.private,
    )
