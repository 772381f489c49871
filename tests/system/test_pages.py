"""The pages as they come, without JavaScript: each shows what is there, and each button does what it says."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from agreeing import Person, words
from exported import package, row
from stack import Stack, Stacked
from visiting import visiting

from spindle.gateway.pages import steering
from spindle.shared.bus.publish import publish
from spindle.shared.ids import Kind, UserId, new_user, now
from spindle.shared.messages.control import Trigger
from spindle.shared.messages.users import AccountLinked, AccountUnlinked
from spindle.simulator import Settings, build

DEEP = Settings(listeners=2, history_days=4, reach=None, late=False)
SPITEFUL = "<script>alert(1)</script>"


@asynccontextmanager
async def seen(stacked: Stacked) -> AsyncIterator[tuple[Stack, Person, list[UserId]]]:
    async with stacked(build(DEEP)) as stack:
        await stack.start(initial_sync_enabled=False)
        users = await stack.everybody()
        for user in users:
            await stack.finished(user, Kind.POLL)
        async with visiting(stack) as person:
            yield stack, person, users


async def read(person: Person, place: str) -> httpx.Response:
    page = await person.http.get(place)
    assert page.status_code == 200, page.text
    return page


async def press(person: Person, button: str, **values: str) -> str:
    """A button, and what the page says that it leads to."""
    answer = await person.http.post(button, data=values)
    assert answer.status_code == 303, answer.text
    return words(await read(person, answer.headers["location"])).lower()


async def test_the_buttons_pause_resume_and_poll(stacked: Stacked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "_HEARD_WITHIN", 30.0)
    async with seen(stacked) as (stack, person, (user, _)):
        polled = len(await stack.jobs(user, Kind.POLL))

        assert "paused" in await press(person, f"/listeners/{user}/pause", what="all")

        async def resumable() -> bool:
            page = (await read(person, "/")).text
            return f'action="/listeners/{user}/resume"' in page and f'action="/listeners/{user}/pause"' not in page

        assert await resumable()
        assert "resumed" in await press(person, f"/listeners/{user}/resume", what="all")
        await press(person, f"/listeners/{user}/trigger", what="poll")

        await stack.finished(user, Kind.POLL, count=polled + 1)
        assert (await person.http.post(f"/listeners/{user}/trigger", data={"what": "nonsense"})).status_code == 422


async def test_what_needs_a_look_stands_first(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, (first, second)):
        troubled = max(first, second, key=lambda user: user)
        await publish(stack.js, AccountUnlinked(user=troubled, unlinked_at=now(), why="invalid_grant"))

        async def told() -> bool:
            return "Link the account again" in (await read(person, "/")).text

        await stack.until(told)
        page = (await read(person, "/")).text

        assert page.index("Needs a look") < page.index('class="cards"')
        assert page.index(f'id="l-{troubled}"') < page.index(f'id="l-{min(first, second)}"')


async def test_an_initial_sync_has_a_bar_and_a_button_that_ends_it(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, (user, _)):
        await stack.simulator("faults", kind="slow", seconds=10, path="/v1/me/player", skip=1, times=None)
        await stack.control(Trigger(user=user, what="initial"))

        async def bar() -> str | None:
            text = (await read(person, "/")).text
            return text if "<progress" in text and re.search(r"page \d+ of at most 200", text) else None

        page = await stack.until(bar)
        job = page.partition("/jobs/")[2].partition("/cancel")[0]
        assert "cancelled" in await press(person, f"/jobs/{job}/cancel", place=f"/jobs/{job}")

        opened = words(await read(person, f"/jobs/{job}"))
        assert "Initial sync of" in opened
        assert "Steps" in opened
        assert "started" in opened


async def test_a_timeline_tells_of_one_listener_newest_first_and_opens_jobs(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, (user, other)):
        name = next(each.name for each in await stack.listeners() if each.user == other)

        async def told() -> bool:
            return all(["new plays" in words(await read(person, f"/timeline/{each}")) for each in (user, other)])

        await stack.until(told)
        page = await read(person, f"/timeline/{user}")

        assert f"/jobs/{Kind.POLL}.{user}." in page.text
        assert f".{other}." not in page.text
        assert name in words(await read(person, "/timeline"))
        assert f".{other}." in (await read(person, f"/timeline/{name}")).text
        assert page.text.index("new plays") < page.text.index("linked")
        assert "new plays" not in words(await read(person, f"/timeline/{user}?only=people"))
        chosen = await person.http.get(f"/timeline?user={user}&only=jobs")
        assert chosen.headers["location"] == f"/timeline/{user}?only=jobs"
        assert "Nothing of this kind" in words(await read(person, "/timeline?only=problems"))


async def test_of_many_whose_login_has_ended_health_names_a_few(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=1))) as stack:
        await stack.start("recorder")
        for number in range(12):
            user, name = new_user(), f"Listener {number}"
            await publish(stack.js, AccountLinked(user=user, name=name, account=name, linked_at=now()))
            await publish(stack.js, AccountUnlinked(user=user, unlinked_at=now(), why="invalid_grant"))
        async with visiting(stack) as person:

            async def named() -> str | None:
                told = words(await read(person, "/health"))
                ended = told.count("ended")  # their ends come in one after the other
                return (told, ended) if "4 other listeners after these" in told and ended >= 8 else None

            page, ended = await stack.until(named)

    assert ended == 8, page


async def test_a_job_is_drawn_on_a_line_of_time_and_beside_another_one(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, (user, _)):
        await stack.control(Trigger(user=user, what="poll"))
        first, second = [each.job for each in await stack.finished(user, Kind.POLL, count=2)]

        alone = await read(person, f"/jobs/{first}")
        both = await read(person, f"/jobs/{first}?with={second}")
        told = (await person.http.get(f"/api/jobs/{first}/compare?with={second}")).json()["runs"]
        missing = await person.http.get(f"/jobs/{first}?with={first[:-4]}0000")

    assert "On a line of time" in words(alone)
    assert f'<option value="{second}"' in alone.text
    assert both.text.count('class="ground"') == 2
    assert "Slowest step" in words(both)
    assert [run["job"] for run in told] == [first, second]
    assert [run["calls"] for run in told] == [1, 1]
    assert missing.status_code == 404


async def test_an_import_has_a_receipt_and_can_be_undone(stacked: Stacked, tmp_path: Path) -> None:
    async with seen(stacked) as (stack, person, (user, _)):
        file = package(tmp_path / "export.zip", [row(number) for number in range(300)])
        handed_over = await person.http.post(f"/import/{user}", files={"files": ("export.zip", file.read_bytes())})
        job = handed_over.headers["location"].rpartition("/")[2]
        await stack.finished(user, Kind.ARCHIVE)

        receipt = await read(person, f"/imports/{job}")
        assert "is complete: 300 rows" in words(receipt)
        assert "<rect" in receipt.text
        assert f"/imports/{job}" in (await read(person, "/import")).text
        await press(person, f"/imports/{job}/undo")

        async def undone() -> bool:
            return "It was undone" in words(await read(person, f"/imports/{job}"))

        await stack.until(undone)
        assert "/undo" not in (await read(person, f"/imports/{job}")).text


async def test_an_import_of_several_listeners_is_nobodys_by_default(stacked: Stacked) -> None:
    async with seen(stacked) as (_, person, (_, other)):
        nobodys = await read(person, "/import")
        others = await read(person, f"/import?user={other}")

    assert "Choose a listener" in words(nobodys)
    assert 'type="file"' not in nobodys.text
    assert f'action="/import/{other}"' in others.text


async def test_health_says_what_is_wrong_and_a_dead_letter_is_dropped_after_a_question(stacked: Stacked) -> None:
    async with seen(stacked) as (stack, person, _):
        await stack.js.publish("facts.plays.somebody", f'{{"say": "{SPITEFUL}"}}'.encode())
        await stack.until(lambda: _dead(stack, 1))

        first = words(await read(person, "/health"))
        page = await stack.until(lambda: _looked_at(person))
        told = (await person.http.get("/api/health")).json()["findings"]
        held = await read(person, "/health/dead/1")
        question = words(await read(person, "/health/dead/1/drop"))
        said = await press(person, "/health/dead/1/drop")

    assert "The doctor is looking" in first
    assert "1 message that nobody could handle" in first
    assert "1 dead letter, 1 of the last day" in page
    assert "Open them below" in page
    assert {"check", "state", "what", "todo"} == set(told[0])
    assert (told[0]["check"], told[0]["state"]) == ("dead", "problem")
    assert SPITEFUL in words(held)
    assert SPITEFUL not in held.text
    assert "What it tells is never recorded then" in question
    assert "dead letter 1: dropped" in said
    assert "there are none: every message could be handled" in said


async def test_whatever_people_and_spotify_call_things_it_is_text(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=1))) as stack:
        await stack.start("recorder", "scheduler")
        [listener] = (await stack.http.get(f"{stack.spotify}/control/listeners")).json()
        await stack.link(SPITEFUL, listener["refresh_token"])
        async with visiting(stack) as person:
            for place in ("/", "/timeline", "/import", "/health", f"/login?name={SPITEFUL}", "/sign-in?to=" + SPITEFUL):
                page = await read(person, place)

                assert SPITEFUL not in page.text, place


async def test_what_is_not_there_is_a_page_that_says_so(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1, history_days=1))) as stack:
        await stack.start("recorder")
        nobody = "019e0000-0000-7000-8000-000000000000"
        async with visiting(stack) as person:
            for place in (
                f"/timeline/{nobody}",
                "/timeline/Nobody",
                f"/jobs/poll.{nobody}.{'0' * 32}",
                "/health/dead/7",
                "/nothing",
            ):
                page = await person.http.get(place)

                assert page.status_code == 404
                assert "Back to what is happening now" in page.text
            assert "There is no such thing here Nothing is at this address" in words(page)
            assert (await person.http.get("/jobs/nonsense")).status_code == 422
            assert "Nobody is recorded yet" in words(await read(person, "/"))

            await stack.stop()
            silent = await person.http.get("/")
            await asyncio.sleep(0)

        assert silent.status_code == 503
        assert "The recorder does not answer" in words(silent)


async def _dead(stack: Stack, letters: int) -> bool:
    return (await stack.js.stream_info("dead")).state.messages >= letters


async def _looked_at(person: Person) -> str | None:
    told = words(await read(person, "/health"))
    return told if "Looked at" in told else None
