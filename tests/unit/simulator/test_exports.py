"""A real export becomes a world in which everything was played once, when it was played."""

import json
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from spindle.simulator.worlds.exports import Replay, replay
from spindle.simulator.worlds.files import BadWorld, replayed
from spindle.simulator.worlds.plays import Hidden, Play

_EXPORTS = Path(__file__).parents[4] / "shared/spotify/exports"
_FILES = sorted(_EXPORTS.glob("*/*.json"))
_URI = "spotify:track:79gkHjNTSyGPXEyGkNQ8zH"


def _row(ts: str = "2024-12-03T07:53:31Z", ms: int = 200_346, **other: object) -> dict[str, object]:
    names = {"track_name": "Lantern", "album_artist_name": "Ivy Tolliver", "album_album_name": "Harbour"}
    known = {f"master_metadata_{key}": value for key, value in names.items()}
    return {"ts": ts, "ms_played": ms, **known, "spotify_track_uri": _URI, "reason_end": "trackdone", **other}


def _old_row(at: str = "2024-12-03 07:53", ms: int = 200_346, name: str = "Lantern") -> dict[str, object]:
    return {"endTime": at, "artistName": "Ivy Tolliver", "trackName": name, "msPlayed": ms}


def _plays(world: Replay) -> list[Play]:
    return list(world.newest_first(2**53))[::-1]


def test_a_play_ends_within_the_second_of_its_row() -> None:
    (play,) = _plays(replay([_row()], 7))

    assert play.played_at // 1000 == 1_733_212_411
    assert play.track is not None
    assert (play.track.id, play.track.name) == ("79gkHjNTSyGPXEyGkNQ8zH", "Lantern")
    assert play.track.duration_ms == 200_346


def test_account_data_get_ids_from_their_names_and_end_within_the_minute() -> None:
    (play,) = _plays(replay([_old_row()], 7))
    (again,) = _plays(replay([_old_row("2025-01-01 00:00")], 8))

    assert play.played_at // 60_000 == 1_733_212_380 // 60
    assert play.track is not None
    assert again.track is not None
    assert play.track.id == again.track.id
    assert len(play.track.id) == 22


@pytest.mark.parametrize(
    ("row", "hidden"),
    [
        (_row(), None),
        (_row(ms=30_000), None),
        (_row(ms=29_999), Hidden.SHORT),
        (_row(spotify_track_uri=None), Hidden.NO_TRACK),
        (_row(spotify_track_uri="spotify:local:a:b:c:200"), Hidden.NO_TRACK),
        (_row(master_metadata_track_name=None), Hidden.NO_TRACK),
        (_row(spotify_track_uri=None, spotify_episode_uri="spotify:episode:1"), Hidden.PODCAST),
        (_row(incognito_mode=True), Hidden.PRIVATE),
        (_old_row(ms=1_000), Hidden.SHORT),
        ({"endTime": "2024-06-03 23:15", "podcastName": "P", "episodeName": "E", "msPlayed": 36_036}, Hidden.PODCAST),
    ],
)
def test_the_api_shows_only_what_counts(row: dict[str, object], hidden: Hidden | None) -> None:
    (play,) = _plays(replay([row], 7))

    assert play.hidden == hidden


def test_the_same_row_of_two_downloads_is_one_play() -> None:
    assert len(replay([_row(), _row()], 7)) == 1


def test_an_account_row_gives_way_to_its_extended_twin() -> None:
    assert len(replay([_old_row(), _row()], 7)) == 1
    assert len(replay([_old_row(name="Salt"), _row()], 7)) == 2


def test_rows_of_the_same_second_keep_their_order_and_differ_in_milliseconds() -> None:
    rows = [_row(ms=ms) for ms in range(31_000, 31_200)]

    plays = _plays(replay(rows, 7))

    assert [play.ms_played for play in plays] == list(range(31_000, 31_200))
    assert len({play.played_at for play in plays}) == 200


def test_the_seed_decides_the_milliseconds() -> None:
    assert _plays(replay([_row()], 7)) == _plays(replay([_row()], 7))
    assert _plays(replay([_row()], 7)) != _plays(replay([_row()], 8))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_row_of_a_real_export_is_played_once_at_its_time(path: Path) -> None:
    rows = json.loads(path.read_text())
    grain = 1000 if "ts" in rows[0] else 60_000

    plays = _plays(replayed([path], 7))

    assert len(plays) == len({json.dumps(row) for row in rows})
    assert len({play.played_at for play in plays}) == len(plays)
    assert Counter(play.played_at // grain * grain for play in plays) == Counter(_at(row) for row in rows)
    assert sum(play.hidden is None for play in plays) == sum(map(_counts, rows))


def _at(row: dict[str, str]) -> int:
    text = row["ts"] if "ts" in row else row["endTime"].replace(" ", "T") + ":00Z"
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _counts(row: dict[str, object]) -> bool:
    """Whether the API shows it, said once more in other words."""
    if "endTime" in row:
        return "trackName" in row and int(str(row["msPlayed"])) >= 30_000
    return bool(row["spotify_track_uri"] and row["master_metadata_track_name"]) and int(str(row["ms_played"])) >= 30_000


def test_a_zip_is_read_as_the_files_in_it(tmp_path: Path) -> None:
    packed = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("MyData/endsong_0.json", json.dumps([_row()]))
        archive.writestr("MyData/Userdata.json", json.dumps({"no": "history"}))

    assert len(replayed([packed], 7)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no json", "not JSON"),
        ('{"ts": 1}', "not a list of rows"),
        ("[]", "no streaming history"),
        ('[{"ts": "yesterday", "ms_played": 1}]', "does not match"),
        ('[{"ts": "2024-12-03T07:53:31Z"}]', "ms_played is not a number"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "endsong_0.json"
    path.write_text(content)

    with pytest.raises(BadWorld, match=rf"endsong_0\.json: .*{reason}"):
        replayed([path], 7)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadWorld, match=r"nothing\.json: No such file"):
        replayed([tmp_path / "nothing.json"], 7)
