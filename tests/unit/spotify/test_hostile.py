"""Whatever Spotify, a proxy or an attacker answers, it is one of our errors, in a line without a token, or read."""

import random

from answers import Server, answer
from hypothesis import given, settings
from hypothesis import strategies as st

SPOTIFY = Server()


@settings(max_examples=200)
@given(dice=st.randoms(use_true_random=False))
async def test_any_answer_is_read_or_one_of_our_errors(dice: random.Random) -> None:
    await SPOTIFY.ask(*answer(dice))
