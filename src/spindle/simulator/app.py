"""Wires a simulated Spotify: the only file that constructs anything."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from spindle.simulator import accounts, history
from spindle.simulator.authority import Authority
from spindle.simulator.clock import Clock
from spindle.simulator.control import asked, exports, people, time, trouble
from spindle.simulator.control.bodies import Mistake, mistaken
from spindle.simulator.covers import image
from spindle.simulator.door import Door
from spindle.simulator.listeners import Listeners
from spindle.simulator.settings import Settings
from spindle.simulator.simulation import Simulation
from spindle.simulator.worlds.plays import World


def build(settings: Settings | None = None, clock: Clock | None = None, worlds: Sequence[World] = ()) -> Starlette:
    """The app; each of `worlds` becomes a listener, before the made-up ones. Its parts: `app.state.simulation`."""
    chosen, time_told = settings or Settings(), clock or Clock()
    simulation = Simulation(chosen, time_told, Authority(chosen, time_told), Listeners(chosen, time_told))
    for world in worlds:
        simulation.listeners.add(world=world)
    for _ in range(chosen.listeners):
        simulation.listeners.add()
    app = Starlette(
        routes=[*_SPOTIFY, *_CONTROL],
        middleware=[Middleware(Door, simulation=simulation)],
        exception_handlers={Mistake: mistaken, history.Denied: history.denied},
    )
    app.state.simulation = simulation
    return app


_SPOTIFY: list[BaseRoute] = [
    Route("/authorize", accounts.authorize),
    Route("/login", accounts.login),
    Route("/login", accounts.answered, methods=["POST"]),
    Route("/api/token", accounts.token, methods=["POST"]),
    Route("/v1/me", history.me),
    Route(history.RECENTLY_PLAYED, history.recently_played),
    Route("/v1/{path:path}", history.unknown),
    Route("/image/{id}", image),
]
_CONTROL: list[BaseRoute] = [
    Route("/control/clock", time.read_clock),
    Route("/control/clock", time.set_clock, methods=["POST"]),
    Route("/control/listeners", people.list_listeners),
    Route("/control/listeners", people.add_listener, methods=["POST"]),
    Route("/control/listeners/{listener}/freeze", people.freeze, methods=["POST"]),
    Route("/control/listeners/{listener}/unfreeze", people.unfreeze, methods=["POST"]),
    Route("/control/listeners/{listener}/export", exports.export),
    Route("/control/plays", people.add_play, methods=["POST"]),
    Route("/control/truth/{listener}", people.truth),
    Route("/control/faults", trouble.list_faults),
    Route("/control/faults", trouble.add_fault, methods=["POST"]),
    Route("/control/faults", trouble.clear_faults, methods=["DELETE"]),
    Route("/control/faults/{fault:int}", trouble.clear_faults, methods=["DELETE"]),
    Route("/control/tokens", trouble.issued_tokens),
    Route("/control/tokens", trouble.change_tokens, methods=["POST"]),
    Route("/control/calls", asked.read_calls),
    Route("/control/calls", asked.clear_calls, methods=["DELETE"]),
    Route("/control/arrivals", asked.read_arrivals),
]
