"""Services that are users of NATS of their own do all their work, and are denied nothing that they ask for."""

from pathlib import Path

import pytest
from exported import package, row
from imported import imported
from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError
from stack import Stack, Stacked

from spindle.cli.running import demo
from spindle.people.doctor.logic.findings import Finding, State
from spindle.people.doctor.sources import Sources
from spindle.people.doctor.visit import CHECKS, visit
from spindle.people.linking import linking
from spindle.shared.bus.connection import connect
from spindle.shared.desk import DeskSettings
from spindle.shared.ids import Kind, new_user
from spindle.shared.messages.control import Cancel, Pause, Resume, Trigger, Undo
from spindle.shared.messages.jobs import Status
from spindle.simulator import Settings, build

pytestmark = pytest.mark.usefixtures("own_users")


async def test_a_listeners_whole_life_needs_no_more_than_every_service_may(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=2, history_days=3))) as stack:
        await stack.start(poll_interval_seconds=0.5, reconcile_seconds=0.5)
        user, other = await stack.everybody()
        await stack.simulator("faults", kind="rate", times=1, retry_after="1")
        await stack.finished(user, Kind.INITIAL)
        await stack.finished(other, Kind.POLL, count=3)

        assert (await stack.control(Pause(user=user))).done
        assert (await stack.control(Resume(user=user))).done
        await stack.control(Trigger(user=user, what="initial"))
        receipt = await imported(stack, user, {"my_spotify_data.zip": _export(tmp_path)})
        assert receipt.status is Status.SUCCESS
        assert (await stack.control(Undo(job=receipt.job))).done
        poll = (await stack.finished(user, Kind.POLL))[-1].job
        await stack.control(Cancel(job=poll))
        for stream, subject in (("commands", f"sync.poll.{new_user()}.step"), ("facts", f"facts.plays.{other}")):
            await stack.js.publish(subject, b"nobody can read this", stream=stream)
        await stack.until(lambda: _dead(stack, 2))
        await _remove(stack, user)


async def test_the_demo_links_its_listeners_as_a_user_of_its_own(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=2))) as stack:
        await stack.start()
        bus = await connect(stack.nats_url.replace("//spindle:", "//demo:"), "cli")

        await demo.link(demo.Demo(tmp_path, stack.spotify), bus, DeskSettings(**stack.common))

        assert len(await stack.listeners()) == 2
        await bus.close()


async def test_the_doctor_may_look_at_everything_as_the_gateway(stacked: Stacked) -> None:
    async with stacked(build(Settings(listeners=1))) as stack:
        await stack.start()
        (user,) = await stack.everybody()
        await stack.finished(user, Kind.POLL)
        await stack.js.publish("facts.plays.somebody", b"nonsense")
        await stack.until(lambda: _dead(stack, 1))
        bus = await connect(stack.nats_url.replace("//spindle:", "//gateway:"), "gateway")

        async def reach() -> Client:
            return bus

        async def look() -> list[Finding]:
            """Of a busy machine it may say more, such as that a clock seems to be late, but not again and again."""
            found = await visit(Sources(reach, lambda: DeskSettings(**stack.common)), CHECKS)
            assert [one.check for one in found if one.state is not State.OK] == ["dead"]
            return found

        found = await stack.until(look)
        await bus.close()

    assert {one.check for one in found} == {check for check, _ in CHECKS} - {"disk"}, "there is room in all streams"


async def _dead(stack: Stack, letters: int) -> bool:
    return (await stack.js.stream_info("dead")).state.messages >= letters


async def _remove(stack: Stack, user: str) -> None:
    """As the command does it, until the scheduler has forgotten them too."""
    found = await stack.listener(user)
    assert found is not None
    async with linking(stack.client, DeskSettings(**stack.common)) as links:
        await links.remove(found)
    pauses = await stack.js.key_value("pauses")

    async def forgotten() -> bool:
        kept = (await stack.js.stream_info("events", subjects_filter=f"*.*.{user}")).state.subjects or {}
        try:
            await pauses.get(user)
        except KeyNotFoundError as absent:
            return absent.op == "PURGE" and list(kept) == [f"users.removed.{user}"]
        return False

    await stack.until(forgotten)


def _export(folder: Path) -> bytes:
    return package(folder / "export.zip", [row(number) for number in range(50)]).read_bytes()
