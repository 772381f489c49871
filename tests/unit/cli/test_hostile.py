"""Whatever is typed, in whatever environment, is answered in one clear line."""

import random

from commands import survives, typed
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=100)
@given(dice=st.randoms(use_true_random=False))
def test_whatever_is_typed_ends_in_a_line_and_an_exit_code(dice: random.Random) -> None:
    survives(*typed(dice))


def test_an_error_shows_what_would_move_the_cursor_and_does_not_do_it() -> None:
    survives(["plays", "ada", "\x1b[31mred", "\u202eabc"], {})
    survives(["status"], {"SPINDLE_SECRET_KEY_FILE": "\x1b[2J"})
