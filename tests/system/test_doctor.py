"""The doctor on real servers: each trouble provoked, told in words, and nothing else told with it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from nats.js.api import ConsumerConfig
from stack import Stack, Stacked

from spindle.cli.doctor.command import doctor
from spindle.cli.doctor.home import Home
from spindle.cli.doctor.looks.servers import put_aside
from spindle.cli.doctor.visit import CHECKS, visit
from spindle.embedded import nats, postgres
from spindle.people.doctor import sources
from spindle.people.doctor import visit as visits
from spindle.people.doctor.logic import clocks, polls
from spindle.people.doctor.logic.findings import Finding, State
from spindle.recorder.store.migrate import migrate
from spindle.shared.ids import Kind
from spindle.shared.messages.control import Trigger
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.keys import new_key
from spindle.simulator import Settings, build

Visit = Callable[..., Coroutine[None, None, list[Finding]]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Visit:
    """A visit to the servers of a stack; words replace what the environment says. The simulator's date stands still for
    a second, and with it when this process does."""
    monkeypatch.setattr(visits, "WITHIN", 60)
    monkeypatch.setattr(clocks, "AGREE", clocks.FAR)

    async def visited(stack: Stack, **told: str) -> list[Finding]:
        environment = {**stack.environment, "SPINDLE_DATABASE_URL": stack.database_url, **told}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return await visit(tmp_path / "home")

    return visited


def troubles(found: list[Finding]) -> dict[str, list[str]]:
    """What is not ok, by check."""
    told: dict[str, list[str]] = {}
    for one in found:
        if one.state is not State.OK:
            told.setdefault(one.check, []).append(one.what)
    return told


def state(found: list[Finding], check: str) -> State:
    """The gravest of a check: they stand first."""
    return next(one.state for one in found if one.check == check)


def at(url: str, **parts: str) -> str:
    """The address with another password or port."""
    before, _, place = url.rpartition("@")
    scheme_and_user = before.rpartition(":")[0] if "password" in parts else before
    user = f"{scheme_and_user}:{parts['password']}" if "password" in parts else before
    host, _, rest = place.partition(":")
    port, slash, database = rest.partition("/")
    return f"{user}@{host}:{parts.get('port', port)}{slash}{database}"


async def test_where_all_is_well_every_check_says_so(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start()
        for user in await stack.everybody():
            await stack.finished(user, Kind.POLL)

        found = await look(stack)

        assert troubles(found) == {}
        assert {one.check for one in found} == {check for check, _ in CHECKS}
        assert "2 listeners" in next(one.what for one in found if one.check == "key")


async def test_settings_changed_by_hand_and_a_strangers_consumer_are_told(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings())) as stack:
        await stack.start()
        facts = (await stack.js.stream_info("facts")).config
        await stack.js.update_stream(replace(facts, max_bytes=2**20))
        await stack.js.add_consumer("commands", ConsumerConfig(durable_name="old", filter_subject="sync.old.*"))

        found = await look(stack)

        assert troubles(found) == {
            "topology": [
                "The stream facts: max_bytes is 1048576, wanted 268435456.",
                "A consumer old of stream commands is nobody's: it takes messages from ours.",
            ]
        }


async def test_an_unprepared_server_is_one_problem_with_one_remedy(
    look: Visit, database_url: str, tmp_path: Path, stacked: Stacked
) -> None:
    empty = await nats.start(tmp_path / "empty")
    try:
        async with stacked(build(Settings())) as stack:
            found = await look(stack, SPINDLE_NATS_URL=empty.url)
    finally:
        empty.kill()

    [told] = [one for one in found if one.check == "topology"]
    assert "has not been prepared" in told.what
    assert "provision" in told.todo
    assert state(found, "nats") is State.OK
    assert state(found, "lag") is State.WARNING, "it could not be looked at"


async def test_wrong_passwords_are_told_and_never_shown(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings())) as stack:
        await stack.start()

        found = await look(
            stack,
            SPINDLE_NATS_URL=at(stack.nats_url, password="not-the-one"),
            SPINDLE_DATABASE_URL=at(stack.database_url, password="nor-this-one"),
        )

        assert (state(found, "nats"), state(found, "database")) == (State.PROBLEM, State.PROBLEM)
        told = {one.check: one for one in found}
        assert "refused the user or the password" in told["nats"].what
        assert told["nats"].todo == "Correct SPINDLE_NATS_URL."
        assert told["database"].todo == "Correct SPINDLE_DATABASE_URL."
        written = json.dumps([vars(one) for one in found])
        passwords = [url.rpartition("@")[0].rpartition(":")[2] for url in (stack.nats_url, stack.database_url)]
        for secret in ("not-the-one", "nor-this-one", stack.key.get_secret_value(), *passwords):
            assert secret not in written


async def test_without_nats_the_rest_is_looked_at(stacked: Stacked, look: Visit, nats_server: nats.Nats) -> None:
    async with stacked(build(Settings())) as stack:
        await migrate(stack.database_url)
        nats_server.kill()

        found = await look(stack)

        assert [one.check for one in found if one.state is State.PROBLEM] == ["nats"]
        unseen = {"disk", "topology", "key", "services", "lag", "listeners", "polls", "gaps", "dead", "doors", "budget"}
        assert set(troubles(found)) == {"nats", *unseen}
        assert all("no NATS server answers at 127.0.0.1" in one for one in troubles(found)["lag"])
        assert "NATS" not in next(one.what for one in found if one.check == "clock")


async def test_a_database_that_died_is_told_while_its_recorder_lives(
    stacked: Stacked, look: Visit, tmp_path: Path
) -> None:
    server = await postgres.start(tmp_path / "postgres", fsync=False)
    await migrate(server.url)
    try:
        async with stacked(build(Settings(listeners=1))) as stack:
            stack.database_url = server.url
            await stack.start()
            await stack.everybody()
            server.kill()

            found = await look(stack)

            assert [one.check for one in found if one.state is State.PROBLEM] == ["database"]
            assert "does not answer" in troubles(found)["database"][0]
            assert "the recorder says: the database does not answer" in troubles(found)["listeners"][0]
            assert state(found, "topology") is state(found, "services") is State.OK
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DROP TABLE alembic_version", "holds no tables"),
        ("UPDATE alembic_version SET version_num = '9999'", "made by a newer Spindle (9999)"),
    ],
)
async def test_tables_of_another_time_are_told(stacked: Stacked, look: Visit, statement: str, what: str) -> None:
    async with stacked(build(Settings())) as stack:
        await stack.start()
        connection = await asyncpg.connect(stack.database_url.replace("?ssl=disable", ""), ssl=False)
        await connection.execute(statement)
        await connection.close()

        found = await look(stack)

        assert list(troubles(found)) == ["database"]
        assert what in troubles(found)["database"][0]


async def test_a_dead_letter_is_told_with_its_reason_and_where_it_was(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings())) as stack:
        await stack.start()
        for _ in range(2):
            await stack.js.publish("facts.plays.somebody", b"nonsense")
        await stack.until(lambda: _messages(stack, "dead", 2))

        found = await look(stack)

        assert list(troubles(found)) == ["dead"]
        [told] = troubles(found)["dead"]
        assert told.startswith("2 dead letters, 2 of the last day.")
        assert told.endswith("not JSON (it was on facts.plays.somebody).")


async def test_a_stream_that_is_nearly_full_is_told_before_it_refuses(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings())) as stack:
        await stack.start("scheduler", "poll_worker", "sync_worker")
        control = (await stack.js.stream_info("facts")).config
        await stack.js.update_stream(replace(control, max_bytes=100_000))
        for _ in range(9):
            await stack.js.publish("facts.plays.somebody", b"x" * 10_000)

        found = await look(stack)

        assert "The stream facts is 90% full" in troubles(found)["disk"][0]
        assert state(found, "disk") is State.WARNING
        assert troubles(found)["services"] == ["The recorder is not at work."]
        assert "the recorder does not answer" in troubles(found)["listeners"][0]


async def test_tokens_under_another_key_are_told_by_name(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(initial_sync_enabled=False)
        users = await stack.everybody()
        names = [one.name for user in users if (one := await stack.listener(user))]

        found = await look(stack, SPINDLE_SECRET_KEY=new_key().get_secret_value())
        none = await look(stack, SPINDLE_SECRET_KEY="a word")
        other = await look(stack, SPINDLE_SPOTIFY_CLIENT_ID="another")

        assert troubles(found)["key"] == [f"The secret key does not open the tokens of {', '.join(names)}."]
        assert "32 random bytes" in troubles(none)["key"][0]
        assert "belong to another client id" in troubles(other)["key"][0]


async def test_a_wrong_client_is_told_and_an_unreachable_spotify_is_none(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings(client_id="test", client_secret="right"))) as stack:
        await stack.start()

        wrong = await look(stack, SPINDLE_SPOTIFY_CLIENT_SECRET="wrong")
        right = await look(stack, SPINDLE_SPOTIFY_CLIENT_SECRET="right")
        away = await look(stack, SPINDLE_SPOTIFY_ACCOUNTS_URL="http://127.0.0.1:1")

        assert troubles(wrong) == {"client": ["Spotify does not know this client id and secret."]}
        assert troubles(right) == {}
        assert state(away, "client") is State.WARNING
        assert "Spotify did not answer" in troubles(away)["client"][0]


async def test_a_listener_who_is_disconnected_is_told_with_the_reason_however_many_there_are(
    stacked: Stacked, look: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        people = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.simulator("tokens", listener=people[0]["id"], revoke=True)
        await stack.start(initial_sync_enabled=False)
        _, gone = [await stack.link(one["display_name"], one["refresh_token"]) for one in reversed(people)]

        async def disconnected() -> bool:
            one = await stack.listener(gone)
            return one is not None and one.disconnected_at is not None

        await stack.until(disconnected)

        found = await look(stack)
        monkeypatch.setattr(sources, "LISTENERS", 1)
        of_many = await look(stack)

        assert list(troubles(found)) == ["listeners"]
        assert f"{people[0]['display_name']} is disconnected since" in troubles(found)["listeners"][0]
        assert "Refresh token revoked" in troubles(found)["listeners"][0]
        assert [one.split(" (")[0] for one in troubles(of_many)["listeners"]] == [
            one.split(" (")[0] for one in troubles(found)["listeners"]
        ]


async def test_an_empty_mailbox_and_a_closed_door_are_told(
    stacked: Stacked, look: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "JUST_LINKED", timedelta())
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start(initial_sync_enabled=False)
        lost, well = await stack.everybody()
        await asyncio.gather(*(stack.finished(user, Kind.POLL) for user in (lost, well)))
        await stack.mailboxes.clear(Kind.POLL, lost)
        await stack.simulator("faults", kind="rate", retry_after="3600")
        await stack.control(Trigger(user=well, what="poll"))
        await stack.until(partial(stack.door, Family.HISTORY))

        found = await look(stack)

        name = await stack.listener(lost)
        assert name is not None
        assert troubles(found)["polls"] == [f"No poll of {name.name} is to be done, now or later."]
        assert state(found, "doors") is State.WARNING
        assert set(troubles(found)) == {"polls", "doors"}


async def test_a_gap_is_told_with_its_length(stacked: Stacked, look: Visit) -> None:
    async with stacked(build(Settings(listeners=1, late=False))) as stack:
        await stack.start(initial_sync_enabled=False)
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        await stack.simulator("clock", advance_seconds=5 * 86400)
        assert (await stack.control(Trigger(user=user, what="poll"))).done
        await stack.finished(user, Kind.POLL, count=2)

        found = await look(stack)

        assert ": 1 gap, " in troubles(found)["gaps"][0]
        assert "; the latest from " in troubles(found)["gaps"][0]


async def test_with_nothing_running_it_says_what_to_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("NATS_URL", "DATABASE_URL", "SPOTIFY_CLIENT_ID", "SECRET_KEY"):
        monkeypatch.delenv(f"SPINDLE_{name}", raising=False)

    code = await doctor(tmp_path / "home", as_json=False)
    table = capsys.readouterr().out
    again = await doctor(tmp_path / "home", as_json=True)
    told = json.loads(capsys.readouterr().out)

    assert code == again == 1
    assert "Spindle is not running on" in table
    assert "spindle up" in table
    assert all(set(one) == {"check", "state", "what", "todo"} for one in told)
    assert {one["check"] for one in told} == {check for check, _ in CHECKS}
    assert not (tmp_path / "home").exists(), "the doctor only looks"


async def test_data_that_was_put_aside_is_told_until_it_is_gone(tmp_path: Path) -> None:
    aside = tmp_path / "postgres" / "data.broken-1"
    aside.mkdir(parents=True)

    [found] = await put_aside(Home(tmp_path))
    aside.rmdir()

    assert found.state is State.WARNING
    assert str(aside) in found.what
    assert not await put_aside(Home(tmp_path))


async def _messages(stack: Stack, stream: str, number: int) -> bool:
    return (await stack.js.stream_info(stream)).state.messages == number
