"""What a command says of an address and of a key that it cannot use."""

import json
from pathlib import Path

import pytest

from spindle.cli import finding
from spindle.embedded import ports
from spindle.people.errors import Problem
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify.keys import BadKey
from spindle.shared.spotify.seal import Sealer


@pytest.mark.parametrize("password", ["hush", "hush,hush", "hu@sh,hush", "hush,", ",hush", "hush/hush,nats://hush"])
async def test_an_address_is_told_without_a_part_of_its_password(password: str) -> None:
    place = f"127.0.0.1:{ports.choose()}"

    with pytest.raises(Problem, match=rf"at {place}$") as told:
        await finding.reach(f"nats://anna:{password}@{place}")

    assert "sh" not in str(told.value)


async def test_all_nodes_of_a_cluster_are_told() -> None:
    port = ports.choose()

    with pytest.raises(Problem, match=f"at 127.0.0.1:{port}, 127.0.0.2:{port}$"):
        await finding.reach(f"nats://127.0.0.1:{port},nats://127.0.0.2:{port}")


def test_a_key_that_is_no_text_is_a_bad_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPINDLE_SECRET_KEY", raising=False)
    (tmp_path / "secret.key").write_bytes(b"\xff\xfe\x00" * 11)

    with pytest.raises(BadKey):
        Sealer(finding.keys(tmp_path))


def test_a_second_terminal_knows_the_budget_and_the_account_of_the_running_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SpotifySettings.model_fields:
        monkeypatch.delenv(f"SPINDLE_{name.upper()}", raising=False)
    running = SpotifySettings(spotify_client_id="app", spotify_budget=30, spotify_developer_account="mine")

    finding.remember(tmp_path, running, "http://127.0.0.1:8765")
    there = finding.client(tmp_path)
    monkeypatch.setenv("SPINDLE_SPOTIFY_BUDGET", "20")
    told_otherwise = finding.client(tmp_path)

    assert (there.spotify_client_id, there.spotify_budget, there.spotify_developer_account) == ("app", 30, "mine")
    assert told_otherwise.spotify_budget == 20


def test_what_an_older_up_remembered_is_still_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SpotifySettings.model_fields:
        monkeypatch.delenv(f"SPINDLE_{name.upper()}", raising=False)
    known = {"spotify_api_url": "http://a", "spotify_accounts_url": "http://b", "spotify_client_id": "app"}
    (tmp_path / "settings.json").write_text(json.dumps(known))

    assert (finding.spotify_client(tmp_path), finding.client(tmp_path).spotify_budget) == ("app", 90)
