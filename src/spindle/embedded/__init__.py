"""A real nats-server and a real PostgreSQL under SPINDLE_HOME, for a machine where nothing is installed.

- starts: both servers, on 127.0.0.1 only, or adopts those that a killed run left behind
- owns: the home directory, its lock and `instance.json`, by which a second terminal finds the first
- speaks to: whoever calls `start`, and tests, which take `nats.start` and `postgres.start` one by one
"""

from spindle.embedded.errors import EmbeddedError
from spindle.embedded.home import Instance, find, has_recorded
from spindle.embedded.servers import Servers, start

__all__ = ["EmbeddedError", "Instance", "Servers", "find", "has_recorded", "start"]
