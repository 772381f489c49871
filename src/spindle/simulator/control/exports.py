"""`/control/listeners/…/export`: the ZIP that a listener gets who asks Spotify for their data."""

from starlette.requests import Request
from starlette.responses import Response

from spindle.simulator.control.bodies import Mistake, at_or, listener_called
from spindle.simulator.downloads import Format, Owner, files, packed
from spindle.simulator.simulation import simulation


async def export(request: Request) -> Response:
    """All that they played until now, or `until` a time, in any `format` of the past."""
    here = simulation(request)
    listener = listener_called(request, request.path_params["listener"])
    until = at_or(request, "until", here.clock.ms)
    found = files(listener.newest_first(until + 1), Owner(listener.id, listener.country), _format(request), until)
    headers = {"content-disposition": 'attachment; filename="my_spotify_data.zip"'}
    return Response(packed(found, until), media_type="application/zip", headers=headers)


def _format(request: Request) -> Format:
    wanted = request.query_params.get("format", Format.EXTENDED_2025)
    try:
        return Format(wanted)
    except ValueError as error:
        raise Mistake(400, f"format: one of {', '.join(Format)}") from error
