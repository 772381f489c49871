"""`/control/calls` and `/control/arrivals`: what was asked, and how close together."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spindle.simulator.control.bodies import at_or, count_or
from spindle.simulator.logic.windows import busiest
from spindle.simulator.simulation import simulation


async def read_calls(request: Request) -> Response:
    """Counts since the last clearing, and the latest calls, oldest first."""
    calls = simulation(request).calls
    counts = [
        {"listener": who, "path": path, "calls": count} for (who, path), count in sorted(calls.counts.items(), key=str)
    ]
    wanted, listener = count_or(request, "limit", 1000), request.query_params.get("listener")
    log = [asdict(call) for call in calls.log if listener in (None, call.listener)]
    latest = log[max(0, len(log) - wanted) :]
    return JSONResponse({"total": calls.counts.total(), "counts": counts, "log": latest})


async def read_arrivals(request: Request) -> Response:
    """When calls came, to all paths that begin with `path`, and the `most` of them within any `seconds` that follow."""
    path, seconds = request.query_params.get("path", "/v1"), count_or(request, "seconds", 30)
    found = list(simulation(request).calls.arrivals(path, at_or(request, "since", 0)))
    return JSONResponse({"arrivals": found, "most": busiest(found, seconds * 1000)})


async def clear_calls(request: Request) -> Response:
    calls = simulation(request).calls
    cleared = calls.counts.total()
    calls.clear()
    return JSONResponse({"cleared": cleared})
