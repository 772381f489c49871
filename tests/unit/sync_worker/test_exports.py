"""A row of an export is a play, or has a reason why it is none, in every era."""

import collections
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spindle.shared.spotify.exports import BadRow, row
from spindle.shared.spotify.plays import local_id
from spindle.sync_worker.archive.rows import rows
from spindle.sync_worker.logic.exports import Heard, How, Left, Why, heard, latest
from spindle.sync_worker.logic.files import Package, package_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)
REAL = Path(__file__).parents[4] / "shared" / "spotify" / "exports"
TRACK = "spotify:track:79gkHjNTSyGPXEyGkNQ8zH"
PLAY = {
    "ts": "2024-12-03T07:53:31Z",
    "platform": "android",
    "ms_played": 200346,
    "conn_country": "MX",
    "ip_addr": "203.0.113.7",
    "username": "somebody",
    "user_agent_decrypted": "unknown",
    "master_metadata_track_name": "Cuando",
    "master_metadata_album_artist_name": "Nadie",
    "master_metadata_album_album_name": "Nunca",
    "spotify_track_uri": TRACK,
    "reason_start": "fwdbtn",
    "reason_end": "trackdone",
    "shuffle": True,
    "skipped": None,
    "offline": False,
    "offline_timestamp": 1733212212,
    "incognito_mode": False,
}
ACCOUNT = {"endTime": "2022-03-25 23:30", "artistName": "Nadie", "trackName": "Cuando", "msPlayed": 29570}


def told(of: dict[str, Any], package: Package = Package.AUDIO, **changed: Any) -> Heard | Left:
    return heard(row(json.dumps({**of, **changed}).encode()), package, latest(NOW))


def seconds(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


def test_a_play_of_the_extended_history_keeps_what_is_known_and_nothing_about_the_person() -> None:
    play = told(PLAY)

    assert play == Heard(
        ended=seconds(2024, 12, 3, 7, 53, 31),
        to_the_minute=False,
        ms_played=200346,
        track_id="79gkHjNTSyGPXEyGkNQ8zH",
        title="Cuando",
        artist="Nadie",
        album="Nunca",
        how=How("android", "MX", "fwdbtn", "trackdone", True, None, False, False),
        started=1733212212000,
    )
    assert not any(secret in repr(play) for secret in ("203.0.113.7", "somebody", "unknown"))


def test_a_play_of_the_account_package_is_known_to_the_minute() -> None:
    play = told(ACCOUNT, Package.ACCOUNT)

    assert isinstance(play, Heard)
    assert (play.ended, play.to_the_minute) == (seconds(2022, 3, 25, 23, 30), True)
    assert play.track_id == local_id("cuando", "NADIE", None)


@pytest.mark.parametrize("stamp", [1733212212, 1733212212000])
def test_the_device_s_clock_is_read_in_seconds_and_in_milliseconds(stamp: int) -> None:
    play = told(PLAY, offline_timestamp=stamp)

    assert isinstance(play, Heard)
    assert play.started == 1733212212000


@pytest.mark.parametrize("stamp", [0, None, -5, 1e300])
def test_a_device_without_a_clock_costs_nothing(stamp: float | None) -> None:
    play = told(PLAY, offline_timestamp=stamp)

    assert isinstance(play, Heard)
    assert play.started is None


@pytest.mark.parametrize(
    "uri", [None, "spotify:local:Nadie:Nunca:Cuando:200", "spotify:track:short", "https://example.org"], ids=str
)
def test_a_track_without_an_id_of_spotify_gets_one_of_ours_and_always_the_same(uri: str | None) -> None:
    play = told(PLAY, spotify_track_uri=uri)

    assert isinstance(play, Heard)
    assert play.track_id == local_id("Cuando", "Nadie", None)


def test_a_withdrawn_track_has_an_id_and_no_name() -> None:
    play = told(PLAY, master_metadata_track_name=None, master_metadata_album_artist_name=None)

    assert isinstance(play, Heard)
    assert (play.track_id, play.title) == ("79gkHjNTSyGPXEyGkNQ8zH", "")


@pytest.mark.parametrize(
    ("of", "package", "changed", "why"),
    [
        (PLAY, Package.VIDEO, {}, Why.VIDEO),
        (PLAY, Package.AUDIO, {"audiobook_uri": "spotify:show:x"}, Why.AUDIOBOOK),
        (PLAY, Package.AUDIO, {"spotify_track_uri": None, "master_metadata_track_name": None}, Why.NO_TRACK),
        (
            PLAY,
            Package.AUDIO,
            {"spotify_track_uri": None, "master_metadata_track_name": None, "spotify_episode_uri": "spotify:episode:x"},
            Why.PODCAST,
        ),
        (
            {"endTime": "2022-03-25 23:30", "podcastName": "P", "episodeName": "E", "msPlayed": 1},
            Package.ACCOUNT,
            {},
            Why.PODCAST,
        ),
        ({"endTime": "2022-03-25 23:30", "audiobookName": "A", "msPlayed": 1}, Package.ACCOUNT, {}, Why.AUDIOBOOK),
        (ACCOUNT, Package.ACCOUNT, {"trackName": ""}, Why.NO_TRACK),
    ],
    ids=str,
)
def test_what_is_no_play_of_a_track_has_its_bucket(
    of: dict[str, Any], package: Package, changed: Any, why: Why
) -> None:
    left = told(of, package, **changed)

    assert isinstance(left, Left)
    assert left.why is why


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ts": "1970-01-01T00:00:00Z"}, "ts: a time"),
        ({"ts": "2027-01-01T00:00:00Z"}, "ts: a time"),
        ({"ts": "yesterday"}, "ts: no time"),
        ({"ms_played": -1}, "ms_played: no length"),
        ({"ms_played": None}, "ms_played: no length"),
        ({"ms_played": 10**12}, "ms_played: no length"),
        ({"master_metadata_track_name": "x" * 3000}, "a name of more than"),
    ],
    ids=str,
)
def test_what_cannot_be_true_is_invalid_and_says_why(changed: dict[str, Any], reason: str) -> None:
    left = told(PLAY, **changed)

    assert isinstance(left, Left)
    assert left.why is Why.INVALID
    assert str(left.reason).startswith(reason)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"ts": 5}', "ts: not a text"),
        (b'{"ms_played": "many"}', "ms_played: not a whole number"),
        (b'{"shuffle": "yes"}', "shuffle: not true or false"),
        (b"[1]", "no object"),
        (b'{"ts": "\\ud800"}', "no JSON"),
        (b'{"ts": "\xff"}', "no JSON"),
        (b'{"ts": ', "no JSON"),
    ],
    ids=repr,
)
def test_a_row_of_the_wrong_shape_is_told_without_repeating_it(raw: bytes, said: str) -> None:
    found = row(raw)

    assert isinstance(found, BadRow)
    assert found.why == said


@pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside the project")
@pytest.mark.parametrize("file", sorted(REAL.glob("*/*.json")) if REAL.is_dir() else [], ids=lambda file: file.name)
def test_every_row_of_a_real_export_ends_where_an_independent_count_puts_it(file: Path) -> None:
    package = package_of(file.name) or Package.ANY
    counted: collections.Counter[str] = collections.Counter()
    for each in json.loads(file.read_text(encoding="utf-8-sig")):
        if "Video" in file.name:
            counted["video"] += 1
        elif each.get("audiobook_uri") or each.get("audiobook_title"):
            counted["audiobook"] += 1
        elif each.get("spotify_track_uri") or each.get("master_metadata_track_name") or each.get("trackName"):
            counted["play"] += 1
        elif each.get("spotify_episode_uri") or "podcastName" in each:
            counted["podcast"] += 1
        else:
            counted["no_track"] += 1

    found: collections.Counter[str] = collections.Counter()
    for each in rows(iter([file.read_bytes()])):
        one = heard(each, package, latest(NOW))
        found[one.why.value if isinstance(one, Left) else "play"] += 1

    assert found == counted
