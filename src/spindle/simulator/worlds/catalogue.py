"""A made-up catalogue, the same for the same seed: artists, albums and tracks that a listener can love."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from spindle.simulator.worlds.ids import base62, draws
from spindle.simulator.worlds.names import SCENES, Scene
from spindle.simulator.worlds.plays import Album, Artist, Track

_RELEASES = ("album", "album", "album", "single", "single")


@dataclass(frozen=True, slots=True, eq=False)
class Discography:
    """One artist with everything they released."""

    artist: Artist
    scene: int
    albums: tuple[tuple[Track, ...], ...]

    @property
    def tracks(self) -> tuple[Track, ...]:
        return tuple(track for album in self.albums for track in album)


@lru_cache(maxsize=4)
def catalogue(seed: int) -> tuple[Discography, ...]:
    """About a hundred artists and three thousand tracks."""
    everyone = [Artist(base62(seed, "artist", name), name) for scene in SCENES for name in scene.artists]
    found = []
    for at, scene in enumerate(SCENES):
        for name in scene.artists:
            rng = draws(seed, "artist", name)
            artist = next(one for one in everyone if one.name == name)
            albums = _albums(rng, scene, artist, everyone)
            found.append(Discography(artist, at, albums))
    return tuple(found)


def _albums(rng: Random, scene: Scene, artist: Artist, everyone: list[Artist]) -> tuple[tuple[Track, ...], ...]:
    titles = _titles(rng, scene)
    kinds = rng.sample(_RELEASES, rng.randint(3, 5))
    return tuple(_album(rng, scene, artist, everyone, kind, titles) for kind in kinds)


def _titles(rng: Random, scene: Scene) -> list[str]:
    """Titles of one artist, without repeats: most of two words, some of one."""
    both = [scene.joined.format(head=head, tail=tail) for head in scene.heads for tail in scene.tails]
    titles = rng.sample(both, 80) + rng.sample(scene.heads, 10)
    rng.shuffle(titles)
    return titles


def _album(
    rng: Random, scene: Scene, artist: Artist, everyone: list[Artist], kind: str, titles: list[str]
) -> tuple[Track, ...]:
    names = [titles.pop() for _ in range(rng.randint(7, 13) if kind == "album" else rng.randint(1, 2))]
    title = titles.pop() if kind == "album" else names[0]
    album = Album(base62(artist.id, title, kind), title, kind, (artist,), _released(rng), len(names))
    return tuple(_track(rng, scene, album, everyone, name, at) for at, name in enumerate(names, start=1))


def _track(rng: Random, scene: Scene, album: Album, everyone: list[Artist], name: str, at: int) -> Track:
    artists = album.artists
    if rng.random() < 0.06:
        guest = rng.choice(everyone)
        if guest not in artists:
            artists, name = (*artists, guest), f"{name} (feat. {guest.name})"
    length = max(31_000, round(rng.lognormvariate(0, 0.28) * scene.minutes * 60_000))
    return Track(
        id=base62(album.id, name, at),
        name=name,
        artists=artists,
        album=album,
        number=at,
        duration_ms=length,
        explicit=rng.random() < 0.08,
        isrc=f"{scene.country}SD{rng.randint(1, 9)}{album.released[2:4]}{rng.randrange(100_000):05}",
        popularity=rng.randint(3, 78),
    )


def _released(rng: Random) -> str:
    """97 % of release dates are exact to the day, 3 % to the year (facts.md §1.3)."""
    year = rng.randint(1994, 2026)
    if rng.random() < 0.03:
        return str(year)
    return f"{year}-{rng.randint(1, 9 if year == 2026 else 12):02}-{rng.randint(1, 28):02}"
