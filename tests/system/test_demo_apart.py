"""`spindle demo`: a simulator in a process of its own links its listeners to services that run elsewhere."""

import asyncio
import os
import sys
from pathlib import Path

from stack import Stacked

from spindle.shared.messages.ask import AskUsers, Users
from spindle.simulator import Settings, build


async def test_it_links_its_listeners_once_somebody_is_there_to_record_them(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=0))) as stack:
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "spindle.cli", "demo", "--port", "0"),
            env={**os.environ, **stack.environment, "SPINDLE_HOME": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert demo.stdout
        said = [await demo.stdout.readline(), await demo.stdout.readline()]

        await stack.start("recorder")
        said.append(await asyncio.wait_for(demo.stdout.readline(), 60))
        users = (await stack.ask(AskUsers(), Users)).users
        demo.terminate()
        ended = await demo.wait()

    assert said[0].startswith(b"A simulated Spotify: http://127.0.0.1:")
    assert said[1].startswith(b"Its listeners are not linked yet: ")
    assert said[2] == b"Its listeners are linked.\n"
    assert sorted(user.name for user in users) == ["Nadia", "Tariq", "Ximena"]
    assert ended == 0
