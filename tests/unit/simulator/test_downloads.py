"""What a listener downloads looks like Spotify's own files, and says of every play what the world knows of it."""

import io
import json
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spindle.simulator import Clock, Settings, Stamps, build, replayed
from spindle.simulator.clock import iso, unix_ms
from spindle.simulator.downloads import Format, Owner, files, packed
from spindle.simulator.worlds.plays import RULE_MS, Hidden, Play

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW = unix_ms(NOON)
OWNER = Owner("inesokoro", "SE")
EXTENDED = [form for form in Format if form.startswith("extended")]
EXPORTS = Path(__file__).parents[4] / "shared/spotify/exports"
REAL = {
    Format.EXTENDED_2022: ("listenbrainz-testdata/spotify_streaming_endsong_0.json",),
    Format.EXTENDED_2024: (
        "karimyahir/Streaming_History_Audio_2024_6.json",
        "karimyahir/Streaming_History_Video_2020-2024.json",
    ),
    Format.EXTENDED_2025: (
        "koito-testdata/Streaming_History_Audio_spotify_import_test.json",
        "magicpolygon/Streaming_History_Video_2020-2025.json",
    ),
    Format.ACCOUNT_2023: ("account-jonas-mika/StreamingHistory5.json",),
    Format.ACCOUNT_2024: (
        "account-zoetrev/StreamingHistory_music_2.json",
        "account-zoetrev/StreamingHistory_podcast_0.json",
    ),
}
TITLES = ("track_name", "album_artist_name", "album_album_name")
URIS = (
    "spotify_track_uri",
    "episode_name",
    "episode_show_name",
    "spotify_episode_uri",
    "audiobook_title",
    "audiobook_uri",
    "audiobook_chapter_uri",
    "audiobook_chapter_title",
)
TEXT, FLAG, NOTHING = {"str", "NoneType"}, {"bool", "NoneType"}, {"NoneType"}
NULLABLE = {
    **{f"master_metadata_{key}": TEXT for key in TITLES},
    **dict.fromkeys(URIS, TEXT),
    **dict.fromkeys(("skipped", "offline"), FLAG),
    **dict.fromkeys(("user_agent_decrypted", "offline_timestamp", "incognito_mode"), NOTHING),
}
"""What the documented rows may hold, whether the few real ones at hand show it or not (facts.md §6.2)."""
Row = dict[str, Any]


def plays(days: int = 200, stamps: Stamps | None = None) -> list[Play]:
    settings = Settings(listeners=1, history_days=days, stamps=stamps or Stamps())
    (listener,) = build(settings, Clock(NOON, speed=0)).state.simulation.listeners
    return list(listener.newest_first(NOW))


PLAYS = plays()


def histories(found: dict[str, bytes]) -> dict[str, list[Row]]:
    names = [name for name in found if "istory" in name.rsplit("/")[-1] or "/end" in name]
    return {name.rsplit("/")[-1]: json.loads(found[name]) for name in names if name.endswith(".json")}


def rows(form: Format, known: list[Play] | None = None) -> list[Row]:
    return [row for file in histories(files(known or PLAYS, OWNER, form, NOW)).values() for row in file]


def tracks(form: Format, known: list[Play] | None = None) -> list[Row]:
    return [row for row in rows(form, known) if row.get("spotify_track_uri") or "trackName" in row]


def types(found: list[Row]) -> dict[str, set[str]]:
    return {key: {type(row[key]).__name__ for row in found if key in row} for key in found[0]}


@pytest.mark.parametrize("form", list(REAL))
def test_rows_have_the_keys_of_real_rows_in_their_order_with_values_of_the_same_types(form: Format) -> None:
    ours = histories(files(PLAYS, OWNER, form, NOW))

    for name in REAL[form]:
        path = EXPORTS / name
        if not path.exists():
            pytest.skip("no real exports here")
        real = json.loads(path.read_text())
        kind = next(word for word in ("Video", "podcast", "Audio", "endsong", "History") if word in path.name)
        made = next(of for title, of in ours.items() if kind in title)
        keys = list(real[0])
        assert [
            key for key in made[0] if key in keys or key != "ip_addr"
        ] == keys  # one real file has lost its addresses
        for key, seen in types(real).items():
            assert types(made)[key] <= seen | NULLABLE.get(key, set()), (form, key)


@pytest.mark.parametrize("form", EXTENDED)
def test_every_play_is_in_the_extended_history_with_its_end_in_whole_seconds(form: Format) -> None:
    told = Counter((row["ts"], row["ms_played"], row["spotify_track_uri"][14:]) for row in tracks(form))

    assert told == Counter(
        (iso(play.played_at // 1000 * 1000, drop_zero=True), play.ms_played, play.track.id)
        for play in PLAYS
        if play.track
    )
    assert sum(play.hidden is Hidden.SHORT for play in PLAYS) > 100


@pytest.mark.parametrize("form", [Format.ACCOUNT_2023, Format.ACCOUNT_2024])
def test_account_data_are_the_last_year_to_the_minute_in_the_order_of_time(form: Format) -> None:
    known = plays(days=500)

    told = [row for row in tracks(form, known) if not row["artistName"].endswith(" explains")]

    lately = [play for play in known if play.ended_at > NOW - 366 * 86_400_000]
    assert Counter((row["endTime"], row["trackName"], row["msPlayed"]) for row in told) == Counter(
        (f"{iso(play.ended_at)[:10]} {iso(play.ended_at)[11:16]}", play.track.name, play.ms_played)
        for play in lately
        if play.track
    )
    assert [row["endTime"] for row in told] == sorted(row["endTime"] for row in told)


@pytest.mark.parametrize("form", EXTENDED)
def test_a_package_read_as_a_world_is_the_world_that_it_was_made_of(form: Format, tmp_path: Path) -> None:
    path = tmp_path / "my_spotify_data.zip"
    path.write_bytes(packed(files(PLAYS, OWNER, form, NOW), NOW))

    again = [play for play in replayed([path], 7).newest_first(NOW) if play.track and play.ms_played]

    def known(play: Play) -> tuple[object, ...]:
        assert play.track
        return (
            play.played_at // 1000,
            play.ms_played,
            play.track.id,
            play.track.name,
            play.track.artists[0].name,
            play.track.album.name,
            Hidden.SHORT if play.ms_played < RULE_MS else None,  # the rule leaks in the one, and not in the other
        )

    assert Counter(map(known, again)) == Counter(map(known, PLAYS))


def test_a_private_session_is_in_the_history_and_says_so() -> None:
    private = Play(NOW - 1000, 200_000, PLAYS[0].track, hidden=Hidden.PRIVATE)

    (row,) = tracks(Format.EXTENDED_2025, [private])

    assert row["incognito_mode"] is True


def test_a_play_that_has_begun_is_not_there_before_it_has_ended() -> None:
    told = plays(days=3, stamps=Stamps(started=1.0))
    half = max(told, key=lambda play: play.ms_played)

    found = histories(files(told, OWNER, Format.EXTENDED_2025, half.ended_at - 1))

    heard = [row for file in found.values() for row in file if row["spotify_track_uri"]]
    assert len(heard) == sum(play.ended_at < half.ended_at for play in told)


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        (Format.EXTENDED_2022, b'[\n  {\n    "ts": "'),
        (Format.EXTENDED_2023, b'[{"ts":"'),
        (Format.EXTENDED_2025, b'[\n  {\n    "ts": "'),
        (Format.ACCOUNT_2023, b'[\n  {\n    "endTime" : "'),
    ],
)
def test_the_layout_is_spotify_s(form: Format, begins: bytes) -> None:
    found = files(PLAYS, OWNER, form, NOW)

    first = next(body for name, body in found.items() if "istory" in name.rsplit("/")[-1] or "endsong" in name)
    assert first.startswith(begins)
    assert "é".encode() in b"".join(found.values())  # as itself, not as \u00e9


def test_begins_are_in_milliseconds_until_2022_and_in_seconds_after() -> None:
    old, young = tracks(Format.EXTENDED_2022), tracks(Format.EXTENDED_2025)

    assert {row["offline_timestamp"] > 10**12 for row in old if row["offline_timestamp"]} == {True}
    assert {row["offline_timestamp"] > 10**12 for row in young if row["offline_timestamp"]} == {False}
    assert 0 in {row["offline_timestamp"] for row in old}
    assert None in {row["offline_timestamp"] for row in young}
    assert [row["ts"] for row in old] != sorted(row["ts"] for row in old)
    assert [row["ts"] for row in young] == sorted(row["ts"] for row in young)


@pytest.mark.parametrize(
    ("form", "about", "names"),
    [
        (Format.EXTENDED_2022, 30_000_000, ["MyData/endsong_0.json", "MyData/endvideo_0.json"]),
        (
            Format.EXTENDED_2022,
            12_000_000,
            ["MyData/endsong_0.json", "MyData/endsong_1.json", "MyData/endvideo_0.json"],
        ),
        (
            Format.EXTENDED_2025,
            30_000_000,
            ["Streaming_History_Audio_2025-2026.json", "Streaming_History_Video_2025-2026.json"],
        ),
        (
            Format.EXTENDED_2025,
            12_000_000,
            [
                "Streaming_History_Audio_2025-2026_0.json",
                "Streaming_History_Audio_2026_1.json",
                "Streaming_History_Video_2025-2026.json",
            ],
        ),
    ],
)
def test_files_are_cut_and_named_as_spotify_does(form: Format, about: int, names: list[str]) -> None:
    found = files(plays(days=400), OWNER, form, NOW, about)

    told = [name for name in found if name.endswith(".json")]
    assert [name.removeprefix("Spotify Extended Streaming History/") for name in told] == names
    assert all(len(found[name]) <= about + 10 for name in told)


def test_account_files_hold_ten_thousand_rows() -> None:
    found = histories(files(plays(days=366), OWNER, Format.ACCOUNT_2023, NOW))

    assert list(found) == [f"StreamingHistory{n}.json" for n in range(len(found))]
    assert [len(of) for of in found.values()][:-1] == [10_000] * (len(found) - 1)
    assert len(found) > 1


def test_there_is_more_to_hear_than_music() -> None:
    found = rows(Format.EXTENDED_2025)

    assert any(row["spotify_episode_uri"] for row in found)
    assert any(row["audiobook_uri"] for row in found)
    assert any(row["reason_start"] == "unknown" and row["ms_played"] == 0 for row in found)
    silent = ("master_metadata_track_name", "spotify_track_uri", "spotify_episode_uri", "audiobook_uri")
    assert any(all(row[key] is None for key in silent) for row in found)


def test_the_same_world_makes_the_same_bytes() -> None:
    once, again = (packed(files(plays(), OWNER, Format.EXTENDED_2022, NOW), NOW) for _ in range(2))

    assert once == again
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        assert archive.testzip() is None
