"""Keys are changed while tokens are in use, and whenever that is cut off nothing is lost."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import pytest
from nats.js.kv import KeyValue
from pydantic import SecretStr

from spindle.cli import finding
from spindle.cli.keys.counting import listed
from spindle.cli.keys.rotating import rotate
from spindle.people.errors import Problem
from spindle.shared.ids import UserId, new_user
from spindle.shared.spotify.accounts import Grant
from spindle.shared.spotify.entries import Entries
from spindle.shared.spotify.keys import Source, new_key, read
from spindle.shared.spotify.records import Record
from spindle.shared.spotify.seal import BrokenSeal, Sealer

DYING = Path(__file__).with_name("dying.py")


@pytest.fixture
async def kv(nats_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KeyValue]:
    monkeypatch.setenv("SPINDLE_NATS_URL", nats_url)
    for name in ("SPINDLE_SECRET_KEY", "SPINDLE_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    bus = await nats.connect(nats_url)
    yield await bus.jetstream().create_key_value(bucket="tokens", history=1)
    await bus.close()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The key of a home, in its file."""
    return finding.key_file(tmp_path, make=True)


async def filled(kv: KeyValue, source: Source, number: int) -> list[UserId]:
    """So many listeners with a token each, named after them."""
    entries, users = Entries(kv, Sealer(source)), [new_user() for _ in range(number)]
    for user in users:
        await entries.swap(user, record(user), None)
    return users


def record(user: UserId) -> Record:
    return Record(login="1", client_id="app", refresh_token=SecretStr(f"token of {user}"))


async def tokens(kv: KeyValue, source: Source, users: Iterable[UserId]) -> list[str]:
    entries, found = Entries(kv, Sealer(source)), []
    for user in users:
        entry = await entries.read(user)
        assert entry is not None
        found.append(entry.record.refresh_token.get_secret_value())
    return found


async def test_a_rotation_seals_everything_with_a_new_key_and_keeps_the_old_one(
    kv: KeyValue, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [old] = read(key)
    users = await filled(kv, key, 250)
    await kv.purge(users.pop())

    await rotate(tmp_path, as_json=True)

    [new] = read(key)
    kept = tmp_path / f"secret.key.{old.id}"
    told = json.loads(capsys.readouterr().out)
    assert told == {"key": new.id, "made": True, "sealed": 249, "unopened": 0, "put_aside": [old.id], "others": []}
    assert read(kept) == (old,)
    assert [file.stat().st_mode & 0o777 for file in (key, kept)] == [0o600, 0o600]
    kept.unlink()
    assert await tokens(kv, key, users) == [f"token of {user}" for user in users]


async def test_renewals_and_logins_during_a_rotation_are_neither_lost_nor_overwritten(
    kv: KeyValue, key: Path, tmp_path: Path
) -> None:
    """By somebody who has been running since before it, and has read the keys then."""
    users = await filled(kv, key, 400)
    running = Entries(kv, Sealer(key))
    newest: dict[UserId, str] = {}

    async def renew(user: UserId, number: int) -> None:
        while True:
            entry = await running.read(user)
            assert entry is not None
            grant = Grant(SecretStr("a"), datetime.now(UTC) + timedelta(hours=1), SecretStr(f"{number} of {user}"))
            if await running.swap(user, entry.record.renewed(grant, datetime.now(UTC)), entry.revision):
                newest[user] = f"{number} of {user}"
                return

    async def many() -> None:
        for number in range(3):
            for user in users[::7]:
                await renew(user, number)
        users.extend(late := [new_user() for _ in range(20)])
        for user in late:
            await running.swap(user, record(user), None)

    rotating = asyncio.create_task(rotate(tmp_path, as_json=True))
    await asyncio.gather(rotating, *(many() for _ in range(2)))
    await rotate(tmp_path, as_json=True)

    assert len(newest) == 58
    assert len(read(key)) == 1
    assert await tokens(kv, key, users) == [newest.get(user, f"token of {user}") for user in users]


async def test_a_rotation_killed_before_any_of_its_lines_loses_nothing_and_is_finished_by_the_next(
    kv: KeyValue, key: Path, tmp_path: Path
) -> None:
    users = await filled(kv, key, 3)
    whole = [f"token of {user}" for user in users]
    running = Sealer(key)
    told = os.environ | {"SPINDLE_HOME": str(tmp_path)}
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    dying = await asyncio.create_subprocess_exec(sys.executable, str(DYING), env=told, **pipes)
    assert dying.stdin
    assert dying.stdout

    async def rotation(dies_at: int) -> int:
        assert dying.stdin
        assert dying.stdout
        dying.stdin.write(f"{dies_at}\n".encode())
        return int(await dying.stdout.readline())

    deaths, died = 0, -signal.SIGKILL
    while died == -signal.SIGKILL:
        deaths += 1
        died = await rotation(deaths)
        assert await tokens(kv, key, users) == whole
        for user in users:
            running.open((await kv.get(user)).value or b"", user)
        assert await rotation(0) == 0
        assert len(read(key)) == 1
        assert await tokens(kv, key, users) == whole

    assert died == 0
    assert deaths > 60
    dying.stdin.close()
    await dying.wait()


async def test_two_rotations_at_once_are_refused(kv: KeyValue, key: Path, tmp_path: Path) -> None:
    users = await filled(kv, key, 300)

    outcomes = await asyncio.gather(*(rotate(tmp_path, as_json=True) for _ in range(3)), return_exceptions=True)

    refused = [one for one in outcomes if one is not None]  # one came so late, perhaps, that another was done
    assert 1 <= len(refused) <= 2
    assert all(isinstance(one, Problem) and "another" in str(one) for one in refused)
    assert len(await tokens(kv, key, users)) == 300


@pytest.mark.parametrize("in_file", [False, True])
async def test_a_key_that_is_given_is_changed_in_four_steps_and_each_can_be_repeated(
    kv: KeyValue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    in_file: bool,
) -> None:
    old, new = new_key(), new_key()
    [old_id], [new_id] = [key.id for key in read(old)], [key.id for key in read(new)]
    users = await filled(kv, old, 5)

    async def told(*keys: SecretStr) -> tuple[str, int, list[str]]:
        text = " ".join(each.get_secret_value() for each in keys)
        (tmp_path / "given").write_text(text)
        name, value = ("SPINDLE_SECRET_KEY_FILE", str(tmp_path / "given")) if in_file else ("SPINDLE_SECRET_KEY", text)
        monkeypatch.setenv(name, value)
        for _ in range(2):
            await rotate(tmp_path, as_json=True)
        first, again = [json.loads(part + "}") for part in capsys.readouterr().out.split("}\n")[:2]]
        assert again == {**first, "sealed": 0}
        assert (first["made"], first["unopened"], first["put_aside"]) == (False, 0, [])
        return first["key"], first["sealed"], first["others"]

    assert await told(old) == (old_id, 0, [])
    assert await told(old, new) == (old_id, 0, [new_id])
    assert await told(new, old) == (new_id, 5, [old_id])
    assert await told(new) == (new_id, 0, [])
    assert await tokens(kv, new, users) == [f"token of {user}" for user in users]
    assert not (tmp_path / "secret.key").exists()


async def test_what_no_key_opens_is_left_as_it_is_and_told(
    kv: KeyValue, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(kv, key, 2)
    lost = new_key()
    users = await filled(kv, lost, 3)

    await rotate(tmp_path, as_json=False)

    told = capsys.readouterr().out
    assert "The tokens of 2 listeners are sealed anew." in told
    assert "The tokens of 3 listeners are left as they are, for no key here opens them" in told
    assert await tokens(kv, lost, users) == [f"token of {user}" for user in users]
    with pytest.raises(BrokenSeal):
        await tokens(kv, key, users)


async def test_the_list_tells_what_each_key_is_for_and_shows_none(
    kv: KeyValue, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [first] = read(key)
    await filled(kv, key, 2)
    await rotate(tmp_path, as_json=True)
    [second] = read(key)
    lost = new_key()
    await filled(kv, lost, 1)
    capsys.readouterr()

    await listed(tmp_path, as_json=True)
    await listed(tmp_path, as_json=False)

    rows, _, table = capsys.readouterr().out.partition("\n]\n")
    assert [(row["key"], row["use"], row["listeners"]) for row in json.loads(rows + "]")] == [
        (second.id, "seals", 2),
        (first.id, "put aside", 0),
        (read(lost)[0].id, "missing", 1),
    ]
    assert "bring it back" in table
    assert key.read_text().strip() not in rows + table


async def test_without_a_key_there_is_nothing_to_rotate(kv: KeyValue, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="SPINDLE_SECRET_KEY is not set"):
        await rotate(tmp_path, as_json=False)

    assert list(tmp_path.glob("secret.key*")) == []
