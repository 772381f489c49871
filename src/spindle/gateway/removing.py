"""Removing a listener: one way for the page and for programs."""

from spindle.gateway.here import Gateway
from spindle.people.linking import linking
from spindle.shared.messages.ask import Listener


async def removed(gateway: Gateway, one: Listener) -> None:
    """Returns when nothing of them is left in the database."""
    async with linking(gateway.client, gateway.settings) as links:
        await links.remove(one)
    gateway.overviews.forget()
    gateway.checkups.forget()
