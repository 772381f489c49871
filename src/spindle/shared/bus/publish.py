"""Publishing facts and events so that they are stored, once."""

from nats.js import JetStreamContext

from spindle.shared import traces
from spindle.shared.bus.patience import PATIENCE, insist
from spindle.shared.messages import Message, Written


async def publish(js: JetStreamContext, message: Message | Written, patience: float = PATIENCE) -> None:
    """Returns when the stream has stored the message, or had stored it before; `BusSilent` when that is not known.

    A full `facts` stream refuses; that too is tried again until `patience` seconds have passed.
    """
    on, body, identity = message.on, message.encoded(), message.identity
    headers = {"Nats-Msg-Id": identity} if identity else {}
    with traces.publishing(on):
        headers |= traces.carried()
        await insist(lambda: js.publish(on, body, timeout=5, headers=dict(headers)), patience)
