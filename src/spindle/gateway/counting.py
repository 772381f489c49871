"""Counts what is asked over HTTP, by route: never by the ids in a path."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spindle.shared.metrics.declared import REQUEST_SECONDS, REQUESTS


class Counted:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = _route(scope)
                REQUESTS.labels(route, message["status"]).inc()
                REQUEST_SECONDS.labels(route).observe(perf_counter() - began)
            await send(message)

        await self._app(scope, receive, note)


def _route(scope: Scope) -> str:
    """The path with names in the place of what somebody else writes: a router tells only the last part of its own."""
    if mounted := scope.get("root_path"):
        return str(mounted)
    if "route" not in scope:
        return "none"
    parts = str(scope["path"]).split("/")
    for name, value in reversed(scope.get("path_params", {}).items()):
        if str(value) not in parts:
            return "none"
        place = len(parts) - 1 - parts[::-1].index(str(value))
        parts[place] = f"{{{name}}}"
    return "/".join(parts)
