"""What a command says of an address and of a key that it cannot use."""

from pathlib import Path

import pytest

from spindle.cli import finding
from spindle.cli.errors import CommandError
from spindle.embedded import ports
from spindle.shared.spotify.keys import BadKey
from spindle.shared.spotify.seal import Sealer


@pytest.mark.parametrize("password", ["hush", "hush,hush", "hu@sh,hush", "hush,", ",hush", "hush/hush,nats://hush"])
async def test_an_address_is_told_without_a_part_of_its_password(password: str) -> None:
    place = f"127.0.0.1:{ports.choose()}"

    with pytest.raises(CommandError, match=rf"at {place}$") as told:
        await finding.reach(f"nats://anna:{password}@{place}")

    assert "sh" not in str(told.value)


async def test_all_nodes_of_a_cluster_are_told() -> None:
    port = ports.choose()

    with pytest.raises(CommandError, match=f"at 127.0.0.1:{port}, 127.0.0.2:{port}$"):
        await finding.reach(f"nats://127.0.0.1:{port},nats://127.0.0.2:{port}")


def test_a_key_that_is_no_text_is_a_bad_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPINDLE_SECRET_KEY", raising=False)
    (tmp_path / "secret.key").write_bytes(b"\xff\xfe\x00" * 11)

    with pytest.raises(BadKey):
        Sealer(finding.keys(tmp_path))
