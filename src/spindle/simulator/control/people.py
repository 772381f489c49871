"""`/control/listeners`, `/control/plays` and `/control/truth`: who listens, what they play, what is known of it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spindle.simulator.clock import iso
from spindle.simulator.control.bodies import AddListener, AddPlay, AddTrack, Mistake, at_or, listener_called, posted
from spindle.simulator.listeners import Listener
from spindle.simulator.logic.visibility import Sight
from spindle.simulator.simulation import Simulation, simulation
from spindle.simulator.worlds.catalogue import catalogue
from spindle.simulator.worlds.ids import base62, number
from spindle.simulator.worlds.plays import Album, Artist, Hidden, Play, Track


async def list_listeners(request: Request) -> Response:
    here = simulation(request)
    return JSONResponse([_told(here, one) for one in here.listeners])


async def add_listener(request: Request) -> Response:
    here, asked = simulation(request), await posted(request, AddListener)
    return JSONResponse(_told(here, here.listeners.add(asked.name, on_air=asked.listening_now)), 201)


async def freeze(request: Request) -> Response:
    return _frozen(request, True)


async def unfreeze(request: Request) -> Response:
    return _frozen(request, False)


async def add_play(request: Request) -> Response:
    here, asked = simulation(request), await posted(request, AddPlay)
    listener = listener_called(request, asked.listener)
    played_at = here.clock.ms if asked.played_at is None else asked.played_at
    track = _track(here, asked, played_at)
    ms_played = track.duration_ms if asked.ms_played is None else asked.ms_played
    play = Play(
        played_at,
        ms_played,
        track,
        hidden=Hidden.PRIVATE if asked.private else None,
        oddity=asked.oddity,
        visible_at=asked.visible_at,
        told=asked.told,
        paused_ms=asked.paused_ms,
    )
    if asked.visible_at is not None and asked.visible_at < play.ended_at:
        raise Mistake(400, "visible_at: before the play has ended")
    listener.add(play)
    return JSONResponse({"listener": listener.id, "played_at": play.played_at, "track_id": track.id}, 201)


async def truth(request: Request) -> Response:
    here = simulation(request)
    listener = listener_called(request, request.path_params["listener"])
    since, until = at_or(request, "since", 0), at_or(request, "until", here.clock.ms)
    rows = []
    for sight in here.listeners.sights(listener, until, here.settings.reach):
        if sight.play.played_at < since:
            break
        rows.append(_row(sight, sight.play.played_at in listener.answered))
    return JSONResponse({"listener": listener.id, "until": until, "plays": rows[::-1]})


def _told(here: Simulation, listener: Listener) -> dict[str, object]:
    return {
        "id": listener.id,
        "display_name": listener.name,
        "account_id": listener.account_id,
        "country": listener.country,
        "frozen": listener.frozen,
        "refresh_token": here.authority.link(listener.id),
    }


def _frozen(request: Request, wanted: bool) -> Response:
    here = simulation(request)
    listener = listener_called(request, request.path_params["listener"])
    if wanted:
        listener.freeze(here.clock.ms)
    else:
        listener.thaw(here.clock.ms)
    return JSONResponse({"id": listener.id, "frozen": listener.frozen})


def _track(here: Simulation, asked: AddPlay, played_at: int) -> Track:
    if isinstance(asked.track, AddTrack):
        return _described(asked.track)
    known = [track for one in catalogue(here.settings.seed) for track in one.tracks]
    if asked.track is None:
        return known[number(asked.listener, played_at) % len(known)]
    found = next((track for track in known if track.id == asked.track), None)
    if found is None:
        raise Mistake(404, f"no track {asked.track!r} in the catalogue; describe it to make one")
    return found


def _described(asked: AddTrack) -> Track:
    artist = Artist(base62("script", asked.artist), asked.artist)
    title = asked.album or asked.name
    album = Album(base62("script", asked.artist, title), title, "album", (artist,), "2020-01-01", 1)
    own = asked.id or base62("script", asked.artist, asked.name)
    return Track(own, asked.name, (artist,), album, 1, asked.duration_ms, False, "QZSIM2000001", 50)


def _row(sight: Sight, answered: bool) -> dict[str, object]:
    """`shown`: the API shows it at some time, from `visible_at` until `reachable_until`, if somebody asks then.
    `answered`: somebody asked, and it was in what they got."""
    play = sight.play
    return {
        "played_at": play.played_at,
        "played_at_iso": iso(play.played_at),
        "ended_at": play.ended_at,
        "ms_played": play.ms_played,
        "track_id": play.track.id if play.track else None,
        "track": play.track.name if play.track else None,
        "artist": play.track.artists[0].name if play.track else None,
        "visible_at": sight.visible_at,
        "reachable_until": sight.reachable_until,
        "shown": sight.shown,
        "answered": answered,
        "hidden": play.hidden,
        "oddity": play.oddity,
    }
