"""The one simulated Spotify that all handlers share."""

from dataclasses import dataclass, field

from starlette.requests import Request

from spindle.simulator.authority import Authority
from spindle.simulator.calls import Calls
from spindle.simulator.clock import Clock
from spindle.simulator.listeners import Listeners
from spindle.simulator.logic.faults import Script
from spindle.simulator.settings import Settings


@dataclass
class Simulation:
    settings: Settings
    clock: Clock
    authority: Authority
    listeners: Listeners
    script: Script = field(default_factory=Script)
    calls: Calls = field(default_factory=Calls)


def simulation(request: Request) -> Simulation:
    found: Simulation = request.app.state.simulation
    return found
