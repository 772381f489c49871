"""`trigger`, `pause`, `resume`, `cancel` and `users remove` as they are typed: their words and exit codes."""

import re
from datetime import timedelta
from pathlib import Path

from exported import package, row
from imported import imported
from stack import Stack, Stacked
from typed import at_terminal, spindle

from spindle.shared.ids import Kind, now
from spindle.shared.messages.control import Trigger
from spindle.simulator import Settings, build

HISTORY = "/v1/me/player"
CLOCK = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


async def listening(stack: Stack) -> tuple[str, str]:
    """Who is polled once an hour, by id and name; the initial sync waits to be triggered."""
    await stack.start(initial_sync_enabled=False)
    (user,) = await stack.everybody()
    await stack.finished(user, Kind.POLL)
    listener = await stack.listener(user)
    assert listener is not None
    return user, listener.name


async def backing_off(stack: Stack, user: str) -> None:
    """The initial sync, after a failure, and for longer than whatever is typed takes."""
    await stack.simulator("faults", kind="server", path=HISTORY, times=2)
    await stack.control(Trigger(user=user, what="initial"))

    async def waits() -> bool:
        letter = await stack.mailboxes.read(Kind.INITIAL, user)
        if letter is None or letter.due_at is None:
            return False
        return await stack.mailboxes.move(letter, now() + timedelta(hours=1))

    await stack.until(waits)


async def test_a_job_that_waits_says_until_when_and_why_and_now_starts_it(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, name = await listening(stack)
        await backing_off(stack, user)

        plain = await spindle(stack, "trigger", name, "initial")
        told = await spindle(stack, "trigger", name, "initial", "--json")
        now = await spindle(stack, "trigger", name, "initial", "--now")

        assert (plain.code, plain.out) == (1, "")
        assert re.fullmatch(rf"\S*spindle: it waits until {CLOCK}: .*503.*; --now starts it early\n", plain.err), (
            plain.err
        )
        assert (told.code, told.json["done"]) == (1, False)
        assert (now.code, now.err) == (0, "")
        assert re.fullmatch(r"started early \(job ….{8}\)\n", now.out), now.out


async def test_what_is_paused_says_so_and_goes_on_when_it_is_resumed(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        _, name = await listening(stack)

        said = [
            await spindle(stack, *words)
            for words in (
                ("pause", name, "poll"),
                ("trigger", name, "poll"),
                ("pause", name, "dance"),
                ("resume", name, "poll"),
                ("trigger", name, "poll"),
            )
        ]

        assert [each.code for each in said] == [0, 1, 1, 0, 0]
        assert [(each.out or each.err).rpartition("spindle: ")[2].partition(" (job")[0].strip() for each in said] == [
            "polling is paused: nothing of it is begun any more",
            "it is paused; resume it first",
            "nothing called 'dance' can be paused; there are: all, archive, initial, poll",
            "polling is resumed",
            "started early",
        ]


async def test_a_job_is_cancelled_once(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, _ = await listening(stack)
        await backing_off(stack, user)
        (job,) = await stack.until(lambda: stack.jobs(user, Kind.INITIAL))

        first = await spindle(stack, "cancel", job.job[-8:])
        await stack.finished(user, Kind.INITIAL)
        again = await spindle(stack, "cancel", job.job)

        assert (first.code, first.out.partition(" (job")[0]) == (0, "cancelled")
        assert again.code == 1
        assert "it has ended already: cancelled" in again.err


async def test_who_removes_a_listener_is_told_what_goes(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        user, name = await listening(stack)
        await imported(stack, user, {"export.zip": package(tmp_path / "e.zip", [row(0), row(1)]).read_bytes()})

        asked = await at_terminal(stack, "users", "remove", name)
        await asked.until("[y/N]")
        asked.interrupt()
        declined = await asked.end()
        removed = await spindle(stack, "users", "remove", name, "--yes", "--json")

        told = " ".join(declined.out.split())
        assert f"Remove {name} with 52 plays (50 of which have not come with an import: besides Spotify" in told
        assert "1 import, " in told
        assert declined.code != 0
        assert (removed.code, removed.json["user"], removed.json["name"]) == (0, user, name)
        assert (removed.json["removed"]["plays"], removed.json["removed"]["imports"]) == (52, 1)
        assert await stack.listener(user) is None
