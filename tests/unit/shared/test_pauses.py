"""What is paused, after one control and another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.ids import Kind
from spindle.shared.pauses import ALL, Paused

WORDS = st.sampled_from([ALL, *Kind])


def paused(*what: str) -> Paused:
    return Paused(what=frozenset(what), sequence=1)


@pytest.mark.parametrize(
    ("stands", "kind", "expected"),
    [
        (paused(), Kind.POLL, False),
        (paused("poll"), Kind.POLL, True),
        (paused("poll"), Kind.INITIAL, False),
        (paused("initial", "poll"), Kind.POLL, True),
        (paused("all"), Kind.POLL, True),
        (paused("all"), Kind.ARCHIVE, True),
        (paused("all", "poll"), Kind.INITIAL, True),
    ],
)
def test_a_pause_holds_its_kind_of_work_or_all_of_it(stands: Paused, kind: Kind, expected: bool) -> None:
    assert stands.holds(kind) is expected


@pytest.mark.parametrize(
    ("stands", "what", "expected"),
    [
        (paused(), "poll", paused()),
        (paused("poll"), "poll", paused()),
        (paused("poll"), "initial", paused("poll")),
        (paused("initial", "poll"), "poll", paused("initial")),
        (paused("all"), "all", paused()),
        (paused("initial", "poll"), "all", paused()),
        (paused("all", "initial", "poll"), "all", paused()),
        (paused("all", "poll"), "poll", paused("all")),
    ],
)
def test_resuming_lifts_what_it_names_and_all_lifts_everything(stands: Paused, what: str, expected: Paused) -> None:
    assert stands.minus(what, 1) == expected


@given(controls=st.lists(st.tuples(st.booleans(), WORDS), max_size=20), what=WORDS)
def test_the_last_control_is_the_one_that_counts(controls: list[tuple[bool, str]], what: str) -> None:
    stands = Paused()
    for number, (pause, word) in enumerate(controls, start=1):
        stands = stands.plus(word, number) if pause else stands.minus(word, number)
        assert stands.sequence == number

    after = len(controls) + 1
    assert all(stands.plus(what, after).holds(kind) for kind in Kind if what in (ALL, kind))
    assert what not in stands.minus(what, after).what
    assert not any(stands.minus(ALL, after).holds(kind) for kind in Kind)


@given(what=st.frozensets(WORDS), word=WORDS)
def test_pausing_twice_is_pausing_once(what: frozenset[str], word: str) -> None:
    once = Paused(what=what).plus(word, 1)

    assert once.plus(word, 1) == once
    assert once.what == what | {word}


@given(what=st.frozensets(WORDS), sequence=st.integers(0, 2**63))
def test_pauses_survive_the_bucket(what: frozenset[str], sequence: int) -> None:
    stands = Paused(what=what, sequence=sequence)

    assert Paused.model_validate_json(stands.model_dump_json()) == stands
