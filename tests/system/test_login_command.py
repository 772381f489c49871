"""`spindle login`: a terminal leads to Spotify, and hears how it went, with a gateway or without one."""

import re
from pathlib import Path

import httpx
from agreeing import ACCESS, answered, people, words
from pydantic import SecretStr
from stack import Stack, Stacked
from typed import Typed, begin

from spindle.embedded import ports
from spindle.simulator import Settings, build

_ADDRESS = re.compile(r"^http://\S+/authorize\?\S+$", re.MULTILINE)


class Terminal:
    def __init__(self, stack: Stack, home: Path, port: int) -> None:
        self.stack, self.told = stack, {"SPINDLE_HOME": str(home), "SPINDLE_PORT": str(port), "TZ": "UTC"}

    async def login(self, *words: str, **more: str) -> tuple[Typed, str]:
        """Once it waits; and where it leads."""
        typed = await begin(self.stack, "login", *words, **{**self.told, **more})
        await typed.until("Waiting until you are back")
        found = _ADDRESS.search(typed.err.decode())
        assert found
        return typed, found[0]


async def test_a_login_begun_in_a_terminal_ends_there(stacked: Stacked, tmp_path: Path) -> None:
    async with stacked(build(Settings(listeners=2, history_days=1))) as stack, httpx.AsyncClient() as browser:
        one, other = await people(stack)
        await stack.start("recorder")
        terminal = Terminal(stack, tmp_path, port := ports.choose())

        typed, address = await terminal.login("--json", BROWSER=_browser(tmp_path))
        back = await answered(address, one)
        page = await browser.get(back)
        alone = await typed.end()

        assert alone.code == 0, alone.err
        listener = await stack.listener(one)
        assert listener is not None
        assert alone.json == {"user": listener.user, "name": one, "healed": False}
        assert "the terminal has heard of it" in words(page)
        assert httpx.URL(back).params["code"] not in alone.out + alone.err
        assert await stack.until(lambda: _opened(tmp_path)) == address

        typed, address = await terminal.login("--no-browser")
        assert (await browser.get(await answered(address, other, "deny"))).status_code == 403
        denied = await typed.end()
        assert (denied.code, denied.err.splitlines()[-1]) == (1, "spindle: Nobody agreed at Spotify")

        typed, _ = await terminal.login("--no-browser")
        typed.interrupt()
        assert (await typed.end()).code == 130

        await stack.start("gateway", port=port, access_token=SecretStr(ACCESS))
        typed, address = await terminal.login("--no-browser", "--name", "Bo", TZ=":Asia/Kathmandu")
        assert (await browser.get(await answered(address, other))).status_code == 200
        with_gateway = await typed.end()
        assert (with_gateway.code, with_gateway.out) == (0, "Bo is linked, and recorded from now on.\n")
        assert {each.name: each.zone for each in await stack.listeners()} == {one: None, "Bo": "Asia/Kathmandu"}


async def _opened(place: Path) -> str:
    """By a thread of the terminal's, while it waits."""
    return (place / "opened").read_text().strip()


def _browser(place: Path) -> str:
    """Notes what it is to open."""
    program = place / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >{place}/opened\n')
    program.chmod(0o755)
    return f"{program} %s"
