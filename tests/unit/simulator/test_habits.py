"""Made-up listeners keep to the laws that were measured on real ones (facts.md §1.3)."""

import re
from functools import cache
from itertools import islice, pairwise
from statistics import median

import pytest

from spindle.simulator.clock import Clock, moment
from spindle.simulator.listeners import Listeners, person
from spindle.simulator.settings import Settings
from spindle.simulator.worlds.catalogue import catalogue
from spindle.simulator.worlds.habits import DAY_MS, Habits
from spindle.simulator.worlds.plays import Hidden, Play
from spindle.simulator.worlds.taste import taste

_NOW = 1_795_229_398_769


def _habits(name: str, seed: int = 7, on_air: bool = False) -> Habits:
    since = _NOW - 60 * DAY_MS
    return Habits(seed, name, taste(seed, name, 1, catalogue(seed)), since, _NOW - DAY_MS if on_air else None)


@cache
def _crowd() -> dict[str, list[Play]]:
    return {str(one): list(_habits(str(one)).newest_first(_NOW))[::-1] for one in range(40)}


def _all() -> list[Play]:
    return [play for plays in _crowd().values() for play in plays]


def test_the_same_seed_makes_the_same_world() -> None:
    once, again = (list(islice(_habits("ines").newest_first(_NOW), 300)) for _ in range(2))

    assert once == again
    assert once != list(islice(_habits("ines", seed=8).newest_first(_NOW), 300))
    assert once != list(islice(_habits("jonas").newest_first(_NOW), 300))


def test_a_day_is_the_same_from_wherever_it_is_reached() -> None:
    habits, other = _habits("ines"), _habits("ines")
    whole = list(habits.newest_first(_NOW))

    middle = whole[len(whole) // 2].played_at

    assert list(other.newest_first(middle)) == [play for play in whole if play.played_at < middle]


def test_plays_follow_each_other_without_a_tie() -> None:
    for plays in _crowd().values():
        assert all(older.played_at < newer.played_at for older, newer in pairwise(plays))


def test_a_gap_is_the_newer_length_and_half_a_second() -> None:
    gaps = [
        newer.played_at - older.played_at - newer.ms_played
        for plays in _crowd().values()
        for older, newer in pairwise(plays)
    ]
    near = sorted(gap for gap in gaps if gap < 5_000)

    assert 400 < median(near) < 600
    assert -600 < near[len(near) // 20] < -200
    assert 1_200 < near[-len(near) // 20] < 1_700
    assert len(near) / len(gaps) > 0.85


def test_contexts_are_spread_as_measured() -> None:
    kinds = [play.context.kind if play.context else "none" for play in _all()]

    shares = {kind: kinds.count(kind) / len(kinds) for kind in ("none", "playlist", "artist", "album")}

    assert 0.10 < shares["none"] < 0.16
    assert 0.70 < shares["playlist"] < 0.83
    assert shares["artist"] > shares["album"] > 0


def test_short_plays_are_hidden_but_the_rule_leaks() -> None:
    plays = _all()
    short = [play for play in plays if play.ms_played < 30_000]
    shown = [play for play in plays if play.hidden is None]
    leaked = [play for play in shown if play.ms_played < 30_000]

    assert 0.15 < len(short) / len(plays) < 0.40
    assert 0.001 < len(leaked) / len(shown) < 0.01
    assert all(play.hidden in (None, Hidden.SHORT) for play in plays)


def test_some_plays_are_doubled_within_seconds() -> None:
    pairs = [
        (older, newer)
        for plays in _crowd().values()
        for older, newer in pairwise(plays)
        if older.track is newer.track and newer.played_at - older.played_at < 10_000 and newer.hidden is None
    ]

    assert 0.0005 < len(pairs) / len(_all()) < 0.006


def test_ids_look_like_spotify_s_and_names_are_not_empty() -> None:
    tracks = [track for one in catalogue(7) for track in one.tracks]

    ids = (
        [track.id for track in tracks]
        + [track.album.id for track in tracks]
        + [track.artists[0].id for track in tracks]
    )

    assert all(re.fullmatch(r"[0-9A-Za-z]{22}", own) for own in ids)
    assert len({track.id for track in tracks}) == len(tracks) > 2_000
    assert all(track.name.strip() and track.album.name.strip() for track in tracks)


@pytest.mark.parametrize("hours", range(24))
def test_whoever_is_on_air_has_just_played_something_at_any_hour(hours: int) -> None:
    now = _NOW + hours * 3_600_000
    newest = next(play for play in _habits("ines", on_air=True).newest_first(now) if play.hidden is None)

    assert now - newest.played_at < 20 * 60_000


def test_most_listeners_of_a_demo_are_listening_now() -> None:
    clock = Clock(moment(_NOW), speed=0)
    listeners = Listeners(Settings(listening_now=True, late=False), clock)
    everybody = [listeners.add() for _ in range(20)]

    newest = [next(listeners.visible(one)).played_at for one in everybody]

    assert sum(_NOW - at < 20 * 60_000 for at in newest) >= 16


def test_the_first_sixteen_hundred_names_differ() -> None:
    assert len({person(7, at) for at in range(1_600)}) == 1_600


def test_a_thousand_listeners_have_ids_of_their_own() -> None:
    listeners = Listeners(Settings(), Clock(moment(_NOW), speed=0))

    assert len({listeners.add("Ines Okoro").id for _ in range(1_000)}) == 1_000
