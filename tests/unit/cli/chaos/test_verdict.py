"""What is wrong after a run is said, each thing for itself."""

from typing import Any

import pytest

from spindle.cli.chaos.logic.telling import Played, Told
from spindle.cli.chaos.logic.verdict import Account, Verdict, forgotten

AT = "2026-11-21 12:00:00.123+00"
MS = 1795262400123
PLAYED = Played(MS, MS, "a", "Salt", answered=True)


def tables(**changed: list[dict[str, str]]) -> dict[str, Any]:
    right = {
        "plays": [{"play_id": "1", "played_at": AT, "track_id": "a"}],
        "checkpoints": [{"plays": "1"}],
        "jobs": [
            {"job": "poll.1", "kind": "poll", "status": "success", "reason": ""}
            | {"requests": "1", "fetched": "1", "new": "1", "duplicates": "0"}
        ],
        "job_steps": [{"job": "poll.1", "requests": "1", "fetched": "1", "new": "1", "duplicates": "0"}],
        "imports": [],
        "import_files": [],
        "import_rows": [],
        "sightings": [{"play_id": "1"}],
    }
    return right | changed


def judged(**changed: list[dict[str, str]]) -> Verdict:
    verdict = Verdict()
    verdict.judge(
        Account("Ida", [PLAYED], {"archive.1": Told(MS, to_the_minute=False)}, tables(**changed)), {"a": "Salt"}
    )
    return verdict


def test_nothing_is_wrong_when_all_is_there_once() -> None:
    verdict = judged()

    assert verdict.good
    assert verdict.due == 1


NOTHING = dict.fromkeys(("requests", "fetched", "new", "duplicates"), "0")
RUNNING = {"job": "initial.1", "kind": "initial", "status": "running", "reason": "", **NOTHING}
LOST = RUNNING | {"status": "error", "reason": "lost"}
FAILED = LOST | {"kind": "archive", "reason": ""}
IMPORT = {"job": "archive.1", "number": "1", "status": "success", "dry_run": "f", "revoked_at": "", "rows": "2"}
BUCKETS = dict.fromkeys(("merged", "duplicate", "short", "podcast", "audiobook", "video", "no_track", "invalid"), "0")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"plays": [], "checkpoints": [{"plays": "0"}]}, "lost"),
        ({"checkpoints": [{"plays": "2"}]}, "2 plays are said to be there, and there are 1"),
        ({"job_steps": []}, "its steps"),
        ({"sightings": []}, "nobody has seen"),
        ({"jobs": [RUNNING], "job_steps": [RUNNING]}, "has not ended"),
        ({"jobs": [LOST], "job_steps": [LOST]}, "initial.1 was lost"),
        ({"jobs": [FAILED]}, "initial.1 was lost"),
        ({"imports": [IMPORT], "import_files": [{"import": "1", "rows": "2", "new": "1", **BUCKETS}]}, "its buckets 1"),
    ],
)
def test_whatever_is_wrong_is_named(changed: dict[str, list[dict[str, str]]], said: str) -> None:
    verdict = judged(**changed)

    assert not verdict.good
    assert said in " ".join(verdict.wrong)


def test_of_a_removed_listener_only_the_tombstone_stays() -> None:
    left = {"users": [{"user_id": "1"}], "plays": [{"user_id": "1"}], "tracks": [{"track_id": "a"}]}

    assert list(forgotten("1", left)) == ["1 rows of a removed listener are left in plays"]
