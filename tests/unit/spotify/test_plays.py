"""Spotify's page of plays in our words, however odd it is."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.messages.plays import Album, Artist, Play, Track
from spindle.shared.spotify import regular, wire
from spindle.shared.spotify.errors import Malformed
from spindle.shared.spotify.plays import EPOCH, MILLISECOND, UNKNOWN, RecentlyPlayed, local_id, read, recently_played

RECORDED = Path(__file__).parents[4] / "shared" / "spotify" / "recorded"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)

TRACK: dict[str, object] = {
    "id": "7hZ1mQ0bV9cXn3RkT2sYpL",
    "name": "Paper Lanterns",
    "artists": [{"id": "2aB3cD4eF5gH6iJ7kL8mN9", "name": "The Quiet Harbour", "uri": "x"}],
    "album": {"id": "1qW2eR3tY4uI5oP6aS7dF8", "name": "Tidewater", "release_date": "2019"},
    "duration_ms": 201_500,
    "external_ids": {"isrc": "QZXXX1900001"},
    "explicit": False,
    "popularity": 12,
}


def item(**changes: object) -> dict[str, object]:
    return {"track": TRACK, "played_at": "2026-11-20T10:00:00.123Z", "context": None, **changes}


def page(*items: object, **more: object) -> bytes:
    return json.dumps({"items": items, "next": None, "cursors": None, "limit": 50, **more}).encode()


def parsed(body: bytes) -> RecentlyPlayed:
    """Whichever way it is read, it says the same."""
    found = recently_played(wire.read(wire.Page, body))
    assert read(body) == found
    return found


def only(body: bytes) -> Play:
    found = parsed(body)
    assert found.unreadable == 0
    return found.plays[0]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
@pytest.mark.parametrize("library", ["java", "zmb3"])
def test_every_recorded_page_is_read_without_losing_an_item(library: str) -> None:
    body = (RECORDED / library / "recently-played.json").read_bytes()
    items = json.loads(body)["items"]

    found = parsed(body)

    assert regular.page(body)

    assert found.unreadable == 0
    assert [play.track.id for play in found.plays] == [each["track"]["id"] for each in items]
    assert [play.track.name for play in found.plays] == [each["track"]["name"] for each in items]
    assert [play.track.isrc for play in found.plays] == [each["track"]["external_ids"]["isrc"] for each in items]
    assert [play.context for play in found.plays] == [(each["context"] or {}).get("uri") for each in items]
    assert all(play.track.album and play.track.artists and play.track.duration for play in found.plays)
    cursors = json.loads(body)["cursors"]
    assert found.newest is not None
    assert found.oldest is not None
    # In 2017 Spotify rounded the play's time and cut the cursor's: 721 ms there, 720 here.
    assert (found.newest - EPOCH) // MILLISECOND - int(cursors["after"]) in (0, 1)
    assert (found.oldest - EPOCH) // MILLISECOND - int(cursors["before"]) in (0, 1)


TRACKS = ["java/track", "java/track-local", "zmb3/track"]
LISTS = [("java/saved-tracks", "track"), ("java/several-tracks", None), ("kaaes/playlist-tracks", "track")]
LISTS += [("zmb3/saved-tracks", "track"), ("zmb3/playlist-tracks", "track"), ("zmb3/playlist-items-mixed", "track")]
LISTS += [("zmb3/several-tracks-notfound", None), ("sonallux/playlist-tracks", "track")]
LISTS += [("sonallux/playlist-tracks-union", "track"), ("java/playlist-items-episode", "track")]


def recorded_tracks() -> list[object]:
    found = [json.loads((RECORDED / f"{name}.json").read_bytes()) for name in TRACKS]
    for name, key in LISTS:
        answer = json.loads((RECORDED / f"{name}.json").read_bytes())
        found += [each[key] if key else each for each in answer.get("items") or answer["tracks"]]
    return found


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses are not here")
def test_every_recorded_track_of_either_field_generation_can_be_a_play() -> None:
    tracks = recorded_tracks()

    found = parsed(page(*(item(track=each) for each in tracks)))

    assert found.unreadable == 0
    assert len(found.plays) == len(tracks) > 50
    for play, track in zip(found.plays, tracks, strict=True):
        assert play.track.name == (track["name"] if isinstance(track, dict) else UNKNOWN.name)
        assert not isinstance(track, dict) or not track["id"] or play.track.id == track["id"]


def test_a_play_carries_all_that_the_message_has_room_for() -> None:
    play = only(page(item(context={"type": "album", "uri": "spotify:album:1qW2eR3tY4uI5oP6aS7dF8"})))

    assert play == Play(
        played_at=datetime(2026, 11, 20, 10, 0, 0, 123_000, tzinfo=UTC),
        track=Track(
            id="7hZ1mQ0bV9cXn3RkT2sYpL",
            name="Paper Lanterns",
            artists=(Artist(id="2aB3cD4eF5gH6iJ7kL8mN9", name="The Quiet Harbour"),),
            album=Album(id="1qW2eR3tY4uI5oP6aS7dF8", name="Tidewater", release_date="2019"),
            duration=timedelta(seconds=201.5),
            isrc="QZXXX1900001",
            explicit=False,
        ),
        context="spotify:album:1qW2eR3tY4uI5oP6aS7dF8",
    )


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-20T10:00:00Z", 0),
        ("2026-11-20T10:00:00.1Z", 100_000),
        ("2026-11-20T10:00:00.001Z", 1_000),
        ("2026-11-20T10:00:00.123999Z", 123_000),
        ("2026-11-20T12:00:00.5+02:00", 500_000),
        ("2026-11-20T10:00:00", 0),
    ],
)
def test_a_time_is_read_with_any_fraction_or_none(text: str, microsecond: int) -> None:
    play = only(page(item(played_at=text)))

    assert play.played_at == datetime(2026, 11, 20, 10, 0, 0, microsecond, tzinfo=UTC)
    assert play.played_at.utcoffset() == timedelta(0)


UNREADABLE = [None, 7, "play", [], {}, item(played_at=None), item(played_at=""), item(played_at="yesterday")]
UNREADABLE += [item(played_at=1495915674720), item(played_at="0001-01-01T00:00:00+14:00"), {"track": TRACK}]


@pytest.mark.parametrize("bad", UNREADABLE)
def test_an_item_without_a_readable_time_is_counted_and_costs_no_other(bad: object) -> None:
    found = parsed(page(item(), bad, item(played_at="2026-11-20T09:00:00Z")))

    assert found.unreadable == 1
    assert [play.played_at.hour for play in found.plays] == [10, 9]


@pytest.mark.parametrize("track", [None, 7, "text", [], {}, {"id": None, "name": ""}, {"artists": [{"name": "A"}]}])
def test_a_play_whose_track_is_not_told_is_a_play_of_an_unknown_track(track: object) -> None:
    assert only(page(item(track=track))).track == Track(id="unknown", name="Unknown track")


LOCAL = {**TRACK, "id": None, "album": {"id": None, "name": ""}, "is_local": True}


@pytest.mark.parametrize("track_id", [None, "", "\0"])
def test_a_local_file_gets_an_id_from_what_it_is(track_id: str | None) -> None:
    track = only(page(item(track={**LOCAL, "id": track_id}))).track

    assert track.id == local_id("Paper Lanterns", "The Quiet Harbour", timedelta(seconds=201.5))
    assert track.album is None


def test_the_id_of_a_local_file_never_changes() -> None:
    # It is stored with every play of the file: a different rule would double them.
    assert local_id("Paper Lanterns", "The Quiet Harbour", timedelta(seconds=201.5)) == "local:3cb3a7138aea4ef70184a6"
    assert (
        local_id("  PAPER   lanterns", "the quiet harbour", timedelta(seconds=201.5)) == "local:3cb3a7138aea4ef70184a6"
    )


def test_local_files_differ_by_name_artist_and_length() -> None:
    minute = timedelta(minutes=1)

    ids = {local_id("A", "B", minute), local_id("A", "C", minute), local_id("D", "B", minute), local_id("A", "B", None)}

    assert len(ids) == 4


@pytest.mark.parametrize(
    ("sent", "duration"),
    [
        (201_500.0, timedelta(seconds=201.5)),
        ("201500", timedelta(seconds=201.5)),
        (201_500.4, timedelta(seconds=201.5)),
        *((odd, None) for odd in (0, -1, None, "long", [], 1e300, 10**400, float("inf"), float("nan"))),
    ],
)
def test_a_length_that_no_track_has_is_not_known(sent: object, duration: timedelta | None) -> None:
    assert only(page(item(track={**TRACK, "duration_ms": sent}))).track.duration == duration


def test_parts_that_cannot_be_read_are_as_if_absent() -> None:
    odd = {"album": "none", "artists": [None, 3, {}, {"name": "B"}, {"id": "x"}], "external_ids": [], "explicit": "?"}

    track = only(page(item(track={**TRACK, **odd}, context="radio"))).track

    assert track.id == TRACK["id"]
    assert track.artists == (Artist(id=None, name="B"), Artist(id="x", name="Unknown artist"))
    assert (track.album, track.isrc, track.explicit) == (None, None, None)


def test_the_fields_that_new_apps_get_are_enough() -> None:
    gone = {"available_markets", "linked_from", "popularity", "preview_url", "external_ids"}

    track = only(page(item(track={key: value for key, value in TRACK.items() if key not in gone}))).track

    assert (track.id, track.isrc) == (TRACK["id"], None)


def test_text_that_no_database_takes_is_cleaned_without_losing_the_page() -> None:
    body = (
        rb'{"items":[{"played_at":"2026-11-20T10:00:00Z","track":{"id":"a\u0000b","name":"Half \ud83d of \u0000it"}}]}'
    )

    track = only(body).track

    assert (track.id, track.name) == ("ab", "Half ? of it")
    assert track.model_dump_json()


def test_an_empty_page_is_empty() -> None:
    assert parsed(page()) == RecentlyPlayed((), 0, None, None)


def test_a_page_of_unreadable_items_still_says_where_the_next_one_begins() -> None:
    found = parsed(page({}, {}, cursors={"after": "1495915674720", "before": "1495842394544"}))

    assert (found.plays, found.unreadable) == ((), 2)
    assert found.oldest == datetime(2017, 5, 26, 23, 46, 34, 544_000, tzinfo=UTC)


BODIES = [b"", b"Too many requests", b"[]", b"null", b"{}", b'{"items":null}', b'{"items":{}}', b"[" * 200_000, b"\xff"]


@pytest.mark.parametrize("body", [*BODIES, b'{"items":' + b"9" * 5000 + b"}"])
def test_a_body_that_is_no_page_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parsed(body)


TEXT = st.none() | st.text() | st.sampled_from(["", "\0", "a\0b", "\\u0000", "\ud83c", "\ud83c\udfb5"])
ENTITY = {"id": TEXT, "name": TEXT}
TEXTS = st.fixed_dictionaries(
    {
        **ENTITY,
        "artists": st.lists(st.fixed_dictionaries(ENTITY), max_size=3),
        "album": st.none() | st.fixed_dictionaries({**ENTITY, "release_date": TEXT}),
        "external_ids": st.none() | st.fixed_dictionaries({"isrc": TEXT}),
        "duration_ms": st.none() | st.integers() | st.floats(),
    }
)


@given(TEXTS, TEXT, st.booleans())
def test_whatever_its_texts_say_an_ordinary_page_says_the_same_both_ways(
    track: dict[str, object], uri: str | None, escaped: bool
) -> None:
    body = json.dumps({"items": [item(track=track, context={"uri": uri})]}, ensure_ascii=escaped)

    parsed(body.encode(errors="surrogatepass"))


def test_an_ordinary_page_is_read_at_once_and_one_with_an_odd_part_is_not() -> None:
    assert regular.page(page(item()))
    assert not regular.page(page(item(track={**TRACK, "explicit": "no"})))
    assert not regular.page(page(item(track={**TRACK, "name": "Nul\0"})))


def test_a_byte_order_mark_and_broken_utf_8_do_not_matter() -> None:
    body = page(item()).replace(b"Paper", b"P\xffper")

    assert only(b"\xef\xbb\xbf" + body).track.name == "P\ufffdper Lanterns"


@given(JSON)
def test_any_json_as_a_body_is_read_or_malformed(anything: object) -> None:
    body = json.dumps(anything).encode()

    for model in (wire.Page, wire.User, wire.TokenAnswer, wire.ErrorAnswer):
        with contextlib.suppress(Malformed):
            wire.read(model, body)


PARTS = st.fixed_dictionaries(
    {},
    optional={key: JSON for key in TRACK},  # noqa: C420 - a strategy each
)


@given(
    st.lists(JSON | st.fixed_dictionaries({"played_at": st.datetimes().map(lambda at: at.isoformat()), "track": PARTS}))
)
def test_any_json_as_items_becomes_plays_that_can_be_sent_or_is_counted(items: list[object]) -> None:
    found = parsed(page(*items))

    assert len(found.plays) + found.unreadable == len(items)
    assert all("\0" not in play.model_dump_json() for play in found.plays)
