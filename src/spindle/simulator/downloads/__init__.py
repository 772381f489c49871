"""What Spotify sends to listeners who ask for their data: their whole history, in the forms of every era."""

from spindle.simulator.downloads.formats import Format
from spindle.simulator.downloads.packages import Owner, files, packed

__all__ = ["Format", "Owner", "files", "packed"]
