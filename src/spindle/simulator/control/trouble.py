"""`/control/faults` and `/control/tokens`: what goes wrong, and what becomes of tokens."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spindle.simulator.control.bodies import ChangeTokens, Mistake, listener_called, posted
from spindle.simulator.logic.faults import Fault
from spindle.simulator.simulation import Simulation, simulation


async def list_faults(request: Request) -> Response:
    return JSONResponse([one.model_dump(mode="json") for one in simulation(request).script.faults])


async def add_fault(request: Request) -> Response:
    fault = await posted(request, Fault)
    if fault.listener is not None:
        listener_called(request, fault.listener)
    return JSONResponse(simulation(request).script.add(fault).model_dump(mode="json"), 201)


async def clear_faults(request: Request) -> Response:
    return JSONResponse({"cleared": simulation(request).script.clear(request.path_params.get("fault"))})


async def change_tokens(request: Request) -> Response:
    here, asked = simulation(request), await posted(request, ChangeTokens)
    if asked.listener is not None:
        listener_called(request, asked.listener)
    if asked.expire_access:
        here.authority.expire_access(asked.listener)
    if asked.revoke:
        _revoke(here, asked.listener)
    if asked.revoke_token is not None and not here.authority.revoke_token(asked.revoke_token):
        raise Mistake(404, "no refresh token of this simulator")
    here.authority.refresh = asked.refresh or here.authority.refresh
    if asked.access_seconds is not None:
        here.authority.access_seconds = asked.access_seconds
    return JSONResponse({"refresh": here.authority.refresh, "access_seconds": here.authority.access_seconds})


async def issued_tokens(request: Request) -> Response:
    """Every refresh and access token that it gave to anybody, the latest 100,000, oldest first."""
    return JSONResponse(list(simulation(request).authority.issued))


def _revoke(here: Simulation, listener: str | None) -> None:
    for one in [listener] if listener else [other.id for other in here.listeners]:
        here.authority.revoke(one)
