"""`spindle chaos`, as a person runs it, only shorter. What it finds when there is something: docs/reliability.md."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thirty_faults_lose_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spindle.cli", "chaos", "--faults", "30", "--seed", "11", "--listeners", "4", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=1180,
    )

    assert done.stdout, done.stderr
    told = json.loads(done.stdout)

    assert (told["lost"], told["doubled"], told["stuck"], told["wrong"]) == (0, 0, 0, [])
    assert done.returncode == 0, done.stderr
    assert told["faults"] == 30
    assert told["plays"] > 1000
    assert told["calls_repeated"] <= told["calls_allowed"]
