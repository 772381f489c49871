"""A person with a browser: at the page of a gateway, and at the simulator's login page."""

from dataclasses import dataclass
from html.parser import HTMLParser

import httpx
from stack import Stack

ACCESS = "opens-the-gateway-in-tests"


@dataclass
class Person:
    """Every browser says of a form that it comes from the page's own site."""

    http: httpx.AsyncClient

    async def sign_in(self, token: str = ACCESS) -> None:
        answer = await self.http.post("/sign-in", data={"token": token})
        assert answer.status_code == 303, answer.text

    async def leave(self, name: str = "") -> httpx.Response:
        return await self.http.post("/login/spotify", data={"name": name})

    async def agree(self, who: str, name: str = "", button: str = "allow") -> str:
        """The whole way to Spotify, and the address that leads back."""
        away = await self.leave(name)
        assert away.status_code == 303, away.text
        return await answered(away.headers["location"], who, button)


async def answered(authorize: str, who: str, button: str = "allow") -> str:
    """The address to which Spotify sends the browser back, once `who` has pressed a button."""
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True, timeout=30) as http:
        page = await http.get(authorize)
        assert page.status_code == 200, page.text
        listeners = (await http.get(page.url.join("/control/listeners"))).json()
        [listener] = [each["id"] for each in listeners if each["display_name"] == who]
        form = {"listener": listener, "answer": button}
        return (await http.post(page.url, data=form, follow_redirects=False)).headers["location"]


async def people(stack: Stack) -> list[str]:
    """Who could agree."""
    return [each["display_name"] for each in (await stack.http.get(f"{stack.spotify}/control/listeners")).json()]


def words(page: httpx.Response) -> str:
    """What a page says, without what surrounds every page."""
    reader = _Words()
    reader.feed(page.text.partition('<main id="main">')[2])
    return " ".join(" ".join(reader.found).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
