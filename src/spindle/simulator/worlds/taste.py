"""What a made-up listener likes and when they listen: everything about their habits that does not change by the day."""

from dataclasses import dataclass
from random import Random

from spindle.simulator.worlds.catalogue import Discography
from spindle.simulator.worlds.ids import base62, draws
from spindle.simulator.worlds.names import PLAYLISTS
from spindle.simulator.worlds.plays import Context, Track

Queue = tuple[Context | None, tuple[Track, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day at which somebody tends to listen; `hour` may be past 24 for the small hours."""

    hour: float
    chance: float
    minutes: float


WEEKDAY = (
    Window(7.6, 0.70, 35),
    Window(10.2, 0.45, 80),
    Window(14.4, 0.45, 75),
    Window(18.0, 0.55, 40),
    Window(21.0, 0.55, 70),
)
WEEKEND = (Window(10.8, 0.60, 80), Window(15.2, 0.55, 110), Window(20.0, 0.60, 120), Window(24.2, 0.30, 80))


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    weekday: tuple[Window, ...]
    weekend: tuple[Window, ...]
    utc_offset: int
    """Hours ahead of UTC."""
    skips: float
    repeats: float
    favourites: tuple[Discography, ...]
    liked: tuple[Track, ...]
    playlists: tuple[Queue, ...]


def taste(seed: int, listener: str, offset: int, catalogue: tuple[Discography, ...]) -> Taste:
    """The taste of this listener: two or three scenes, a dozen artists, early bird or night owl."""
    rng = draws(seed, "taste", listener)
    scenes = rng.sample(range(max(one.scene for one in catalogue) + 1), rng.choice((2, 2, 3)))
    near = [one for one in catalogue if one.scene in scenes]
    favourites = tuple(rng.sample(near, rng.randint(8, 14)))
    known = [track for one in favourites for track in one.tracks]
    shift, eager = rng.uniform(-1.2, 1.6), rng.uniform(0.7, 1.3)
    return Taste(
        weekday=tuple(Window(one.hour + shift, one.chance * eager, one.minutes) for one in WEEKDAY),
        weekend=tuple(Window(one.hour + shift, one.chance * eager, one.minutes) for one in WEEKEND),
        utc_offset=offset,
        skips=rng.uniform(0.12, 0.5),
        repeats=rng.uniform(0.005, 0.03),
        favourites=favourites,
        liked=tuple(rng.sample(known, min(60, len(known)))),
        playlists=tuple(
            _playlist(rng, seed, listener, name, known) for name in rng.sample(PLAYLISTS, rng.randint(3, 6))
        ),
    )


def _playlist(rng: Random, seed: int, listener: str, name: str, known: list[Track]) -> Queue:
    tracks = rng.sample(known, min(rng.randint(20, 60), len(known)))
    return Context("playlist", base62(seed, listener, name)), tuple(tracks)


def queue(rng: Random, taste: Taste) -> Queue:
    """What a session plays, and from where, in the shares that were measured (facts.md §1.3)."""
    weights = (0.754, 0.125, 0.087, 0.034)
    kind = rng.choices(("playlist", "liked", "artist", "album"), weights)[0]
    if kind == "liked":
        return None, _shuffled(rng, taste.liked)
    if kind == "playlist":
        context, tracks = rng.choice(taste.playlists)
        return context, _shuffled(rng, tracks)
    one = taste.favourites[min(int(rng.expovariate(0.35)), len(taste.favourites) - 1)]
    if kind == "artist":
        return Context("artist", one.artist.id), _shuffled(rng, one.tracks)
    album = rng.choice(one.albums)
    return Context("album", album[0].album.id), album


def _shuffled(rng: Random, tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    return tuple(rng.sample(tracks, len(tracks)))
