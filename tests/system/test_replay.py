"""A real person's export, played back by the simulator: what its API could ever have shown is recorded, each once."""

from pathlib import Path
from typing import Any

import pytest
from stack import Stacked, milliseconds

from spindle.shared.ids import Kind
from spindle.simulator import Clock, Refresh, Settings, build, replayed

EXPORTS = Path(__file__).parents[3] / "shared" / "spotify" / "exports"


def moments(plays: list[dict[str, Any]]) -> list[int]:
    """The fewest times (ms) at which somebody must look to see every play before 50 newer ones hide it."""
    found: list[int] = []
    for play in sorted(plays, key=lambda play: play["reachable_until"] or float("inf")):
        if not found or play["visible_at"] > found[-1]:
            found.append(max(play["visible_at"], (play["reachable_until"] or play["visible_at"] + 1) - 1))
    return found


@pytest.mark.skipif(not EXPORTS.exists(), reason="the exports are not here")
@pytest.mark.parametrize(
    "file",
    [
        "karimyahir/Streaming_History_Audio_2024_6.json",
        "koito-testdata/Streaming_History_Audio_spotify_import_test.json",
        "listenbrainz-testdata/spotify_streaming_endsong_0.json",
    ],
)
async def test_a_replayed_export_is_recorded_row_by_row(stacked: Stacked, file: str) -> None:
    replay = replayed([EXPORTS / file], seed=7)
    settings = Settings(listeners=0, refresh=Refresh.PLAIN)
    async with stacked(build(settings, Clock(speed=0), worlds=[replay])) as stack:
        (person,) = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.simulator("clock", set=replay.oldest - 60_000)
        await stack.start(initial_sync_max_days=36500)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.INITIAL)
        await stack.finished(user, Kind.POLL)
        shown = [play for play in await stack.truth(person["id"], until="2100-01-01T00:00:00Z") if play["shown"]]
        assert shown

        for polls, moment in enumerate(moments(shown), start=2):
            await stack.simulator("clock", set=moment)
            await stack.begin_poll(user)
            await stack.finished(user, Kind.POLL, count=polls)

        recorded = [
            (milliseconds(row.played_at), row.track_id, row.track, row.artists[0]) for row in await stack.plays(user)
        ]
        expected = [(play["played_at"], play["track_id"], play["track"], play["artist"]) for play in shown]
        assert sorted(recorded) == sorted(expected)
        listener = await stack.listener(user)
        assert listener is not None
        assert listener.plays == len(expected)
