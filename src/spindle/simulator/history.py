"""The part of the Web API that history needs: who am I, and what did I play."""

from starlette.requests import Request
from starlette.responses import Response

from spindle.simulator import wire
from spindle.simulator.answers import API_HEADERS, Answer, forbidden, refusal, unauthorized
from spindle.simulator.authority import Unauthorized
from spindle.simulator.listeners import Listener
from spindle.simulator.logic.faults import Fault
from spindle.simulator.logic.paging import BadQuery, links, page, query
from spindle.simulator.settings import Profile
from spindle.simulator.simulation import Simulation, simulation

RECENTLY_PLAYED = "/v1/me/player/recently-played"
_BROKEN_ITEMS: list[object] = [
    None,
    {"track": {"name": 7}, "played_at": "yesterday", "context": []},
    {"track": "spotify:track:0000000000000000000000"},
]


class Denied(Exception):
    """A request that is answered with a refusal instead."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


async def denied(_: Request, error: Exception) -> Response:
    return error.answer if isinstance(error, Denied) else refusal(500, "Internal server error")


async def me(request: Request) -> Response:
    here = simulation(request)
    listener, scopes = _caller(request, here)
    base = _base(request)
    found: wire.JSON = {
        "account_id": listener.account_id,
        "display_name": listener.name,
        "external_urls": {"spotify": f"https://open.spotify.com/user/{listener.id}"},
        "href": f"{base}/v1/users/{listener.id}",
        "id": listener.id,
        "images": [],
        "type": "user",
        "uri": f"spotify:user:{listener.id}",
    }
    if here.settings.profile is not Profile.NEW_DEV:
        found |= _older_fields(listener, scopes)
    return Answer(found, headers=API_HEADERS)


async def recently_played(request: Request) -> Response:
    here = simulation(request)
    listener, scopes = _caller(request, here)
    if "user-read-recently-played" not in scopes:
        return forbidden("scope")
    try:
        asked = query(request.query_params)
    except BadQuery as error:
        return refusal(400, str(error))
    reach = here.settings.reach
    deeper = asked.before if reach is None else None
    shown = page(here.listeners.visible(listener, deeper), asked, reach)
    if not _spoilt(request):
        listener.answered.update(play.played_at for play in shown)
        listener.pages += 1
    base = _base(request)
    link = links(shown, asked, f"{base}{RECENTLY_PLAYED}")
    items: list[object] = [wire.item(play, here.settings.profile, base) for play in shown]
    return Answer(
        {
            "items": _broken(request) + items,
            "next": link.next,
            "cursors": link.cursors,
            "limit": asked.limit,
            "href": f"{base}{RECENTLY_PLAYED}" + (f"?{request.url.query}" if request.url.query else ""),
        },
        headers=API_HEADERS,
    )


async def unknown(_: Request) -> Response:
    return refusal(404, "Service not found")


def _caller(request: Request, here: Simulation) -> tuple[Listener, set[str]]:
    """Whose token this is, and its scopes; raises `Denied`."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        access = here.authority.check(token.strip() if kind.lower() == "bearer" else "")
    except Unauthorized as error:
        raise Denied(unauthorized(str(error))) from error
    listener = here.listeners.get(access.listener) if access.listener else None
    if listener is None:  # a client's own token, or somebody of another world
        raise Denied(refusal(401, "Valid user authentication required"))
    return listener, set(access.scope.split())


def _older_fields(listener: Listener, scopes: set[str]) -> wire.JSON:
    """What applications created before 2026 still get, as far as their scopes go."""
    found: wire.JSON = {"followers": {"href": None, "total": 0}}
    if "user-read-email" in scopes:
        found["email"] = f"{listener.id}@example.com"
    if "user-read-private" in scopes:
        explicit = {"filter_enabled": False, "filter_locked": False}
        found |= {"country": listener.country, "explicit_content": explicit, "product": "premium"}
    return found


def _broken(request: Request) -> list[object]:
    """Items that a scripted fault puts before the real ones, which all stay."""
    return list(_BROKEN_ITEMS) if _variant(request) == "items" else []


def _spoilt(request: Request) -> bool:
    """Whether a scripted fault lets nobody read the answer."""
    return _variant(request) in ("json", "empty")


def _variant(request: Request) -> str | None:
    fault = request.scope.get("simulator.fault")
    return fault.variant if isinstance(fault, Fault) else None


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
