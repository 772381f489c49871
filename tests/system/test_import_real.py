"""Real people's exports: every row is accounted for, as an independent count of the same files says."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from imported import imported
from stack import Stacked

from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Status
from spindle.simulator import Settings, build

EXPORTS = Path(__file__).parents[3] / "shared" / "spotify" / "exports"
FILES = sorted(EXPORTS.glob("*/*.json"))
Row = dict[str, Any]


def bucket(name: str, row: Row) -> str:
    """Of a row that no other row repeats."""
    if "Video" in name:
        return "video"
    if "podcastName" in row or (row.get("spotify_episode_uri") and not row["spotify_track_uri"]):
        return "podcast"
    if not (row.get("spotify_track_uri") or row.get("master_metadata_track_name") or row.get("trackName")):
        return "no_track"
    return "short" if int(row.get("ms_played", row.get("msPlayed"))) < 30_000 else "new"


def same(row: Row) -> tuple[object, ...]:
    """What makes two rows one: the same track that ended at the same time, played for as long."""
    if "ts" in row:
        return row["ts"], row["spotify_track_uri"], row["ms_played"]
    return row["endTime"], row["artistName"], row["trackName"], row["msPlayed"]


def counted(name: str, rows: list[Row]) -> Buckets:
    found: Counter[str] = Counter()
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        of = bucket(name, row)
        if of in ("new", "short"):
            of = "duplicate" if same(row) in seen else of
            seen.add(same(row))
        found[of] += 1
    return Buckets(**found)


@pytest.mark.skipif(not FILES, reason="the exports are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_every_row_of_a_real_export_is_in_the_bucket_that_it_belongs_to(stacked: Stacked, path: Path) -> None:
    body = path.read_bytes()
    expected = counted(path.name, json.loads(body))
    async with stacked(build(Settings(listeners=1, history_days=0))) as stack:
        await stack.start()
        (user,) = await stack.everybody()

        receipt = await imported(stack, user, {path.name: body})
        again = await imported(stack, user, {path.name: body})

        plays = await stack.plays(user)
        assert (receipt.status, receipt.buckets) == (Status.SUCCESS, expected)
        assert [file.buckets for file in receipt.files] == [expected]
        assert again.buckets == expected.model_copy(
            update={"new": 0, "short": 0, "duplicate": expected.new + expected.short + expected.duplicate}
        )
        assert len(plays) == expected.new + expected.short
        assert sum(play.short for play in plays) == expected.short


@pytest.mark.skipif(not FILES, reason="the exports are not here")
async def test_all_of_them_together_are_one_upload(stacked: Stacked) -> None:
    bodies = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in FILES}
    async with stacked(build(Settings(listeners=1, history_days=0))) as stack:
        await stack.start()
        (user,) = await stack.everybody()

        receipt = await imported(stack, user, bodies)

        assert {file.name: file.rows for file in receipt.files} == {
            name: len(json.loads(body)) for name, body in bodies.items()
        }
        assert receipt.status is Status.SUCCESS
        assert receipt.buckets.new + receipt.buckets.short == len(await stack.plays(user))
