"""`/control/faults`, `/control/tokens` and `/control/calls`: what goes wrong, and what was asked."""

from dataclasses import asdict

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


async def read_calls(request: Request) -> Response:
    """Counts since the last clearing, and the latest calls, oldest first."""
    calls = simulation(request).calls
    counts = [
        {"listener": who, "path": path, "calls": count} for (who, path), count in sorted(calls.counts.items(), key=str)
    ]
    wanted, listener = request.query_params.get("limit", "1000"), request.query_params.get("listener")
    if not wanted.isdecimal():
        raise Mistake(400, "limit: not a number")
    log = [asdict(call) for call in calls.log if listener in (None, call.listener)]
    latest = log[max(0, len(log) - int(wanted)) :]
    return JSONResponse({"total": calls.counts.total(), "counts": counts, "log": latest})


async def clear_calls(request: Request) -> Response:
    calls = simulation(request).calls
    cleared = calls.counts.total()
    calls.clear()
    return JSONResponse({"cleared": cleared})


def _revoke(here: Simulation, listener: str | None) -> None:
    for one in [listener] if listener else [other.id for other in here.listeners]:
        here.authority.revoke(one)
