"""What every call passes on its way in: it is counted, and a scripted fault may strike it."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spindle.simulator.answers import scripted
from spindle.simulator.calls import Call
from spindle.simulator.logic.faults import Fault
from spindle.simulator.simulation import Simulation

ABORT = "simulator.abort"
"""The ASGI extension by which `serve` lets a connection be dropped before an answer."""
_WATCHED = ("/v1", "/authorize", "/api/token")


class Door:
    def __init__(self, app: ASGIApp, simulation: Simulation) -> None:
        self._app = app
        self._simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_WATCHED):
            await self._app(scope, receive, send)
            return
        at, real_at = self._simulation.clock.ms, self._simulation.clock.real_ms
        body = await _body(receive) if scope["path"] == "/api/token" else None
        listener = self._listener(Request(scope).headers, body)
        fault = self._simulation.script.strike(scope["path"], listener)
        query = scope["query_string"].decode("latin-1")
        kind = fault.kind if fault else None
        call = Call(at, real_at, scope["method"], scope["path"], query, listener, status=None, fault=kind)
        self._simulation.calls.add(call)
        again = receive if body is None else _again(body, receive)
        await self._answer(fault, scope, again, _Status(send, call))

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: "_Status") -> None:
        match fault.kind if fault else None:
            case "hang":
                await _gone(receive)
            case "drop":
                await _drop(scope, receive)
            case "slow" if fault:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "malformed" if fault:
                send.spoil = fault.variant if fault.variant != "items" else None
                await self._app({**scope, "simulator.fault": fault}, receive, send)
            case None:
                await self._app(scope, receive, send)
            case _ if fault:
                await scripted(fault)(scope, receive, send)

    def _listener(self, headers: Mapping[str, str], body: bytes | None) -> str | None:
        """Whose call it is: told by the access token, or by the refresh token in a form."""
        token = headers.get("authorization", "").partition(" ")[2]
        if body is not None:
            token = parse_qs(body.decode("utf-8", "replace")).get("refresh_token", [""])[0]
        return self._simulation.authority.listener_of(token)


class _Status:
    """A `send` that notes the status, and spoils a body if it is told to."""

    def __init__(self, send: Send, call: Call) -> None:
        self._send = send
        self._call = call
        self.spoil: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._call.status = message["status"]
            if self.spoil:
                kept = [(name, value) for name, value in message["headers"] if name != b"content-length"]
                message = {**message, "headers": kept}
        elif self.spoil:
            body: bytes = message.get("body", b"")
            message = {**message, "body": b"" if self.spoil == "empty" else body[: len(body) * 2 // 3]}
        await self._send(message)


async def _body(receive: Receive) -> bytes:
    found, more = b"", True
    while more:
        message = await receive()
        found += message.get("body", b"")
        more = message.get("more_body", False)
    return found


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was already read, once."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return left.pop() if left else await receive()

    return replayed


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop(scope: Scope, receive: Receive) -> None:
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is None:
        raise ConnectionResetError("dropped by a scripted fault")
    abort()
    await _gone(receive)
