"""What is learnt of a track is the best that was said of it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.catalogue import album_rows, artist_rows, track_artist_rows, track_rows
from spindle.shared.messages.plays import Album, Artist, Track

names = st.sampled_from(["", "a", "b"])
artists = st.builds(Artist, id=st.sampled_from([None, "1", "2"]), name=names)
albums = st.builds(
    Album, id=st.sampled_from([None, "1"]), name=names, release_date=st.sampled_from([None, "2020", "2020-05"])
)
tracks = st.builds(
    Track,
    id=st.sampled_from(["x", "y"]),
    name=names,
    artists=st.lists(artists, max_size=2).map(tuple),
    album=st.none() | albums,
    duration=st.none() | st.integers(0, 3).map(lambda n: timedelta(milliseconds=n)),
    isrc=st.none() | names,
    explicit=st.none() | st.booleans(),
)


@given(st.lists(tracks), st.randoms())
def test_order_does_not_matter_and_keys_are_sorted(said: list[Track], order: object) -> None:
    shuffled = [*said, *said]
    order.shuffle(shuffled)

    for rows, keys in ((artist_rows, 1), (album_rows, 1), (track_rows, 1), (track_artist_rows, 2)):
        found = [row[:keys] for row in rows(said)]
        assert rows(shuffled) == rows(said)
        assert found == sorted(set(found))


def test_something_beats_nothing_and_a_date_its_year() -> None:
    said = [
        Track(id="x", name="X", duration=timedelta(minutes=1)),
        Track(id="x", name="", album=Album(id="1", name="One", release_date="2020"), explicit=False),
        Track(id="x", name="", album=Album(id="1", name="One", release_date="2020-05-01")),
    ]

    assert [tuple(row) for row in track_rows(said)] == [("x", "X", "1", 60000, None, False)]
    assert [tuple(row) for row in album_rows(said)] == [("1", "One", "2020-05-01")]


def test_an_artist_without_an_id_is_known_by_name() -> None:
    said = [Track(id="x", name="X", artists=(Artist(id=None, name="Me" * 9000),))]

    [artist] = artist_rows(said)

    assert len(artist.artist_id) == 33
    assert track_artist_rows(said)[0].artist_id == artist.artist_id
