"""An upload is cut into slices that hold every row once, whatever is handed over."""

import collections
import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.messages.imports import Buckets, FileCut, Reject, Rows
from spindle.sync_worker.archive import slices
from spindle.sync_worker.archive.cutting import FILES, Cut, Limits
from spindle.sync_worker.archive.errors import ArchiveError, NotAnArchive, TooLarge
from spindle.sync_worker.archive.slices import BYTES, ROWS
from spindle.sync_worker.logic import hours

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LIMITS = Limits(bytes=2**30, rows=10**6)
MEGABYTE = 2**20
REAL = Path(__file__).parents[4] / "shared" / "spotify" / "exports"
START = datetime(2024, 1, 1, tzinfo=UTC)
SECRETS = {"ip_addr": "203.0.113.77", "username": "secret-name", "user_agent_decrypted": "secret agent"}

Upload = list[tuple[str, bytes]]


def play(number: int = 0, **changed: Any) -> dict[str, Any]:
    """A row of the extended history; each number another second."""
    return {
        "ts": (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": "android",
        "ms_played": 200_000 + number,
        "conn_country": "MX",
        **SECRETS,
        "master_metadata_track_name": f"Title {number % 7}",
        "master_metadata_album_artist_name": "Nadie",
        "master_metadata_album_album_name": "Nunca",
        "spotify_track_uri": f"spotify:track:{number % 7:022}",
        "spotify_episode_uri": None,
        "reason_start": "clickrow",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
        **changed,
    }


def account(minute: int = 0, **changed: Any) -> dict[str, Any]:
    end = (START + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M")
    return {"endTime": end, "artistName": "Nadie", "trackName": "Cuando", "msPlayed": 1000, **changed}


PODCAST = play(spotify_track_uri=None, master_metadata_track_name=None, spotify_episode_uri="spotify:episode:x")
BOOK = play(audiobook_uri="spotify:show:x")
NOTHING = play(spotify_track_uri=None, master_metadata_track_name=None)


def written(*rows: Any) -> bytes:
    return json.dumps(rows, indent=2, ensure_ascii=False).encode()


def packed(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the same name twice
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def cut(*upload: tuple[str, bytes], limits: Limits = LIMITS) -> tuple[list[Rows], list[FileCut]]:
    whole = Cut(((name, io.BytesIO(data)) for name, data in upload), limits, NOW)
    return list(whole), whole.files


def plays_of(slices: Iterable[Rows]) -> Iterator[tuple[int, str, int, bool, int]]:
    """File, track, end, whether to the minute, and length of every play."""
    for rows in slices:
        at = 0
        for stretch in rows.stretches:
            for _ in range(stretch.rows):
                yield (
                    stretch.file,
                    rows.tracks[rows.track[at]],
                    rows.ended[at],
                    stretch.to_the_minute,
                    rows.ms_played[at],
                )
                at += 1


def rejects_of(slices: Iterable[Rows]) -> list[Reject]:
    return [reject for rows in slices for reject in rows.rejects]


def balanced(slices: list[Rows], files: list[FileCut]) -> bool:
    """Every row of every file is a play in a slice or in one bucket, and every invalid one has its reason."""
    plays = collections.Counter(file for file, *_ in plays_of(slices))
    invalid = collections.Counter(reject.file for reject in rejects_of(slices))
    firsts = [rows.first for rows in slices]
    lengths = [len(rows.ended) for rows in slices]
    return all(
        each.rows == plays[number] + each.left.rows and each.left.invalid == invalid[number]
        for number, each in enumerate(files)
    ) and firsts == [sum(lengths[:at]) for at in range(len(lengths))]


# --- what is cut -------------------------------------------------------------------------------------------------


def test_a_play_is_kept_with_what_is_known_and_nothing_about_the_person() -> None:
    found, _ = cut(("endsong_0.json", written(play(5, offline_timestamp=1704067205))))

    (rows,) = found
    assert (rows.ended, rows.ms_played, rows.started) == ((START.timestamp() + 5,), (200_005,), (1704067205000,))
    assert rows.tracks == ("0000000000000000000005",)
    assert [(each.platform, each.country, each.reason_start) for each in rows.circumstances] == [
        ("android", "MX", "clickrow")
    ]
    assert [(each.name, each.artists[0].name, each.album and each.album.name) for each in rows.said] == [
        ("Title 5", "Nadie", "Nunca")
    ]
    assert not any(secret in rows.model_dump_json() for secret in SECRETS.values())


def test_slices_go_on_from_one_file_to_the_next() -> None:
    found, files = cut(
        ("endsong_0.json", written(play(1), play(2))),
        ("StreamingHistory0.json", written(account(3), account(4))),
        ("endsong_1.json", written(play(5))),
    )

    (rows,) = found
    assert [(each.file, each.rows, each.to_the_minute) for each in rows.stretches] == [
        (0, 2, False),
        (1, 2, True),
        (2, 1, False),
    ]
    assert [each.rows for each in files] == [2, 2, 1]


def test_a_slice_holds_five_thousand_rows_read_those_that_are_left_too() -> None:
    rows = [PODCAST if number % 2 else play(number) for number in range(2 * ROWS + 10)]

    found, _ = cut(("endsong_0.json", written(*rows)))

    assert [len(each.ended) for each in found] == [ROWS // 2, ROWS // 2, 5]
    assert [each.first for each in found] == [0, ROWS // 2, ROWS]


def test_rows_that_are_no_plays_make_no_slices() -> None:
    found, files = cut(("endsong_0.json", written(*[PODCAST] * (ROWS + 1))))

    assert found == []
    assert files[0].left == Buckets(podcast=ROWS + 1)


def test_what_is_said_of_a_track_is_said_once_and_again_when_it_is_something_else() -> None:
    rows = [play(number) for number in range(ROWS + 20)]
    rows[ROWS + 3] = play(ROWS + 3, master_metadata_album_album_name=None)

    first, second = cut(("endsong_0.json", written(*rows)))[0]

    assert len(first.said) == 7
    assert [(each.id, each.album) for each in second.said] == [(f"{(ROWS + 3) % 7:022}", None)]


def test_of_a_withdrawn_track_nothing_is_said() -> None:
    row = play(master_metadata_track_name=None, master_metadata_album_artist_name=None)

    (rows,) = cut(("endsong_0.json", written(row)))[0]

    assert (rows.said, len(rows.ended)) == ((), 1)


def test_an_import_that_has_said_very_much_says_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_REMEMBERED", 3)

    (rows,) = cut(("endsong_0.json", written(*[play(number) for number in range(14)])))[0]

    assert len(rows.said) > 7
    assert {each.id for each in rows.said} == set(rows.tracks)


def test_every_row_that_is_no_play_of_a_track_has_its_bucket() -> None:
    found, files = cut(
        ("endsong_0.json", written(play(), PODCAST, BOOK, NOTHING, play(ts="never"))),
        ("Streaming_History_Video_2024.json", written(play(), play())),
    )

    assert [each.left for each in files] == [
        Buckets(podcast=1, audiobook=1, no_track=1, invalid=1),
        Buckets(video=2),
    ]
    assert balanced(found, files)


def test_a_file_tells_its_earliest_and_latest_play() -> None:
    _, (file,) = cut(("endsong_0.json", written(play(50), play(3), PODCAST, play(99), play(7))))

    assert (file.first, file.last) == (START + timedelta(seconds=3), START + timedelta(seconds=99))


def test_the_same_upload_is_cut_the_same_way() -> None:
    upload = ("history.zip", packed(*((f"endsong_{at}.json", written(*map(play, range(3000)))) for at in range(3))))

    assert cut(upload) == cut(upload)


# --- hostile input -----------------------------------------------------------------------------------------------


def test_names_that_point_outside_are_refused_and_the_others_are_read() -> None:
    found, files = cut(
        (
            "history.zip",
            packed(
                ("../endsong_0.json", written(play())),
                ("/etc/endsong_1.json", written(play())),
                ("endsong_2.json", written(play())),
            ),
        )
    )

    assert [(each.name, each.rows, each.why) for each in files] == [
        ("../endsong_0.json", 0, "its name points outside of the ZIP"),
        ("/etc/endsong_1.json", 0, "its name points outside of the ZIP"),
        ("endsong_2.json", 1, None),
    ]
    assert [file for file, *_ in plays_of(found)] == [2]


def test_the_same_name_twice_is_read_twice_and_told_apart() -> None:
    history = packed(("endsong_0.json", written(play(1))), ("endsong_0.json", written(play(2), play(3))))

    found, files = cut(("one.zip", history), ("endsong_0.json", written(play(4))))

    assert [(each.name, each.rows) for each in files] == [
        ("endsong_0.json", 1),
        ("endsong_0.json (2)", 2),
        ("endsong_0.json (3)", 1),
    ]
    assert balanced(found, files)


def test_a_truncated_file_keeps_its_rows_and_proves_nothing() -> None:
    whole = written(*map(play, range(10)))

    found, files = cut(("endsong_0.json", whole[: len(whole) * 11 // 20]), ("endsong_1.json", whole))

    assert files[0].why == "it ends in the middle: the rows before are complete"
    assert (files[0].first, files[0].last) == (None, None)
    assert (files[0].rows, files[0].left) == (6, Buckets(invalid=1))
    assert (files[1].why, files[1].rows) == (None, 10)
    assert balanced(found, files)


def test_a_truncated_zip_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotAnArchive, match=r"history\.zip: the ZIP is cut off"):
        cut(("history.zip", packed(("endsong_0.json", written(play())))[:-30]))


def test_one_that_is_no_archive_is_told_beside_those_that_are() -> None:
    _, files = cut(("notes.txt", b"hello"), ("nested.zip", packed(("a.zip", b""))), ("endsong_0.json", written(play())))

    assert [(each.name, each.why) for each in files] == [
        ("notes.txt", "This is neither a ZIP nor a JSON file of a listening history."),
        ("a.zip", "a ZIP within the ZIP: import it by itself"),
        ("endsong_0.json", None),
    ]


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        ([], "neither a ZIP nor a JSON file"),
        ([("x", b"")], "neither a ZIP nor a JSON file"),
        ([("x", b"\x89PNG")], "neither a ZIP nor a JSON file"),
        ([("x.json", b'{"ts": 1}')], "neither a ZIP nor a JSON file"),
        ([("x.zip", packed(("a.txt", b"")))], "the ZIP holds no file of a listening history"),
        ([("x.zip", packed(("a.zip", packed(("endsong_0.json", b"[]")))))], r"a\.zip: a ZIP within the ZIP"),
        ([("SearchQueries.json", written(*[{"searchQuery": "x"}] * 3))], "neither a ZIP nor a JSON file"),
    ],
    ids=["nothing", "empty", "a picture", "no array", "nothing of ours", "nested", "another file of the account"],
)
def test_an_upload_without_a_history_is_refused(upload: Upload, why: str) -> None:
    with pytest.raises(NotAnArchive, match=why):
        cut(*upload)


def test_an_empty_history_is_one() -> None:
    assert cut(("endsong_0.json", b"[]")) == ([], [FileCut(name="endsong_0.json")])


def test_a_bomb_is_refused_by_what_comes_out_of_it() -> None:
    bomb = packed(("endsong_0.json", b"[" + (written(play())[1:-1] + b",") * 30_000 + b"]"))

    assert len(bomb) < MEGABYTE
    with pytest.raises(TooLarge, match=r"more than 10,485,760 bytes \(SPINDLE_IMPORT_MAX_BYTES\)"):
        cut(("bomb.zip", bomb), limits=Limits(bytes=10 * MEGABYTE, rows=10**6))


def test_more_plays_than_an_hour_can_hold_are_rejected_and_those_of_other_hours_kept() -> None:
    same = [play(ms_played=1000 + number) for number in range(hours.MOST)]
    found, files = cut(("endsong_0.json", written(*same, play(1), play(3600))), ("endsong_1.json", written(play(2))))

    assert balanced(found, files)
    assert [each.left.invalid for each in files] == [1, 1]
    assert [(each.file, each.position, each.reason) for each in rejects_of(found)] == [
        (0, hours.MOST + 1, "more plays in an hour than it has seconds"),
        (1, 1, "more plays in an hour than it has seconds"),
    ]


def test_too_many_rows_are_refused() -> None:
    upload = ("endsong_0.json", written(*map(play, range(100))))

    assert len(cut(upload, limits=Limits(bytes=MEGABYTE, rows=100))[0]) == 1
    with pytest.raises(TooLarge, match=r"more than 99 rows \(SPINDLE_IMPORT_MAX_ROWS\)"):
        cut(upload, limits=Limits(bytes=MEGABYTE, rows=99))


@pytest.mark.parametrize(("name", "count"), [("{}.txt", 10_001), ("endsong_{}.json", FILES + 1)])
def test_too_many_files_are_refused(name: str, count: int) -> None:
    with pytest.raises(TooLarge):
        cut(("history.zip", packed(*((name.format(number), b"[]") for number in range(count)))))


def test_bad_rows_cost_themselves_and_are_told_with_their_place() -> None:
    good = [written(play(number))[1:-1].strip() for number in range(3)]
    bad = [
        b"17",
        b"null",
        written(play(ts=5))[1:-1],
        written(play(ms_played="long"))[1:-1],
        written(play(ts="0000-00-00T00:00:00Z"))[1:-1],
        written(play(ts="1970-01-01T00:00:00Z"))[1:-1],
        written(play(ts="9999-12-31T23:59:59Z"))[1:-1],
        written(play(master_metadata_track_name="x" * 2001))[1:-1],
        b'{"ts": "2024-01-01T00:00:00Z", "master_metadata_track_name": "\xff\xfe", "ms_played": 1}',
        b"{}",
    ]

    found, files = cut(("endsong_0.json", b"[" + b",".join([good[0], *bad, good[1], good[2]]) + b"]"))

    assert len(list(plays_of(found))) == 3
    assert [(each.position, each.reason) for each in rejects_of(found)] == [
        (2, "no object"),
        (3, "no object"),
        (4, "ts: not a text"),
        (5, "ms_played: not a whole number"),
        (6, "ts: no time"),
        (7, "ts: a time at which Spotify cannot have played anything"),
        (8, "ts: a time at which Spotify cannot have played anything"),
        (9, "a name of more than 2,000 characters"),
        (10, "no JSON"),
        (11, "neither ts nor endTime"),
    ]
    assert balanced(found, files)


def test_a_row_that_is_not_even_json_costs_only_itself() -> None:
    found, files = cut(("endsong_0.json", written(play(1), play(2), play(3)).replace(b'"MX"', b"MX", 1)))

    assert [ended - START.timestamp() for _, _, ended, _, _ in plays_of(found)] == [2, 3]
    assert rejects_of(found) == [Reject(file=0, position=1, reason="no JSON")]
    assert balanced(found, files)


@pytest.mark.parametrize(
    "changed",
    [
        lambda at: {"master_metadata_track_name": f"{at}" + "\x01" * 1990},
        lambda at: {"master_metadata_album_album_name": "夜" * 1900 + f"{at}"},
        lambda at: {"platform": "\x02" * 10_000 + f"{at}", "conn_country": f"{at}" * 200},
        lambda at: {"spotify_track_uri": None, "master_metadata_track_name": f"{at}"},
        lambda at: {"ts": f"{at}"},
    ],
    ids=["titles", "albums", "platforms", "local", "rejects"],
)
def test_no_slice_is_too_large_for_a_message(changed: Callable[[int], dict[str, Any]]) -> None:
    found, files = cut(("endsong_0.json", written(*(play(at, **changed(at)) for at in range(6000)))))

    assert max(len(rows.model_dump_json().encode()) for rows in found) < BYTES + 64 * 1024
    assert balanced(found, files)


def test_the_receipts_of_as_many_files_as_allowed_fit_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "\N{MUSICAL SYMBOL G CLEF}" * 300 + "/endsong_{}.json"
    upload = packed(*((name.format(number), written(play(number))[:-1]) for number in range(FILES)))

    _, files = cut(("history.zip", upload))

    assert len(files) == FILES
    assert sum(len(each.model_dump_json().encode()) for each in files) < 1_000_000


# --- fuzz --------------------------------------------------------------------------------------------------------


GOOD = (
    packed(
        ("endsong_0.json", written(*map(play, range(30)), PODCAST, BOOK)),
        ("StreamingHistory0.json", written(*map(account, range(30)))),
    ),
    written(*map(play, range(40))),
)


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes) -> None:
    _survives(data)
    _survives(b"[" + data)
    _survives(b"PK\x03\x04" + data)


@given(st.sampled_from(GOOD), st.integers(0, 2**32), st.integers(1, 8))
def test_no_mutation_of_a_good_upload_breaks_it(good: bytes, seed: int, changes: int) -> None:
    _survives(_mutated(good, random.Random(seed), changes))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(st.sampled_from([*play(), *account()]), ODD, max_size=20) | ODD, max_size=10))
def test_no_values_break_it(rows: list[Any]) -> None:
    _survives(json.dumps(rows).encode())


def _survives(data: bytes) -> None:
    try:
        found, files = cut(("upload", data), ("endsong_9.json", b"[]"), limits=Limits(bytes=10 * MEGABYTE, rows=10_000))
    except ArchiveError:
        return
    assert balanced(found, files)
    for rows in found:
        assert Rows.model_validate_json(rows.model_dump_json()) == rows


def _mutated(good: bytes, dice: random.Random, changes: int) -> bytes:
    data = bytearray(good)
    for _ in range(changes):
        at, count = dice.randrange(len(data)), dice.randrange(1, 20)
        match dice.randrange(4):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + count]
            case 2:
                data[at:at] = dice.randbytes(count)
            case _:
                data[at:at] = data[at : at + 10 * count]
        if not data:
            break
    return bytes(data)


# --- real exports ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not beside the project")
@pytest.mark.parametrize("file", sorted(REAL.glob("*/*.json")) if REAL.is_dir() else [], ids=lambda file: file.name)
def test_a_real_export_is_cut_as_an_independent_count_says(file: Path) -> None:
    given_rows = json.loads(file.read_text(encoding="utf-8-sig"))
    counted: collections.Counter[str] = collections.Counter()
    ends, secrets = [], set()
    for row in given_rows:
        secrets |= {str(row[name]) for name in (*SECRETS, "ip_addr_decrypted") if len(str(row.get(name) or "")) > 7}
        if "Video" in file.name:
            counted["video"] += 1
        elif row.get("spotify_track_uri") or row.get("master_metadata_track_name") or row.get("trackName"):
            ends.append(datetime.fromisoformat(row.get("ts") or row["endTime"] + "+00:00"))
        elif row.get("spotify_episode_uri") or "podcastName" in row:
            counted["podcast"] += 1
        else:
            counted["no_track"] += 1

    found, (cut_file,) = cut((file.name, file.read_bytes()))

    assert (cut_file.rows, cut_file.left) == (len(given_rows), Buckets(**counted))
    assert (cut_file.first, cut_file.last) == (min(ends, default=None), max(ends, default=None))
    assert [ended for _, _, ended, _, _ in plays_of(found)] == [end.timestamp() for end in ends]
    assert balanced([*found], [cut_file])
    text = "".join(rows.model_dump_json() for rows in found)
    assert not [secret for secret in secrets if secret in text]
