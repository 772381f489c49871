"""Sealed bytes open with the right key for the right listener, and never otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from spindle.shared.spotify.keys import new_key
from spindle.shared.spotify.seal import BrokenSeal, Sealer

RAW = bytes(range(224, 256))
SEALER = Sealer(SecretStr(RAW.hex()))


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_what_was_sealed_opens_again(plain: bytes, user: str) -> None:
    assert SEALER.open(SEALER.seal(plain, user), user) == plain


def test_a_seal_does_not_show_what_is_in_it_and_is_never_twice_the_same() -> None:
    one, two = SEALER.seal(b"a secret", "ann"), SEALER.seal(b"a secret", "ann")

    assert one != two
    assert b"secret" not in one
    assert one[:5] == two[:5]
    assert one[0] == 1


def test_the_seal_of_one_listener_is_refused_for_another() -> None:
    sealed = SEALER.seal(b"a secret", "ann")

    with pytest.raises(BrokenSeal):
        SEALER.open(sealed, "bob")


def test_another_key_opens_nothing_even_with_the_id_of_the_first() -> None:
    other = Sealer(new_key())
    sealed = SEALER.seal(b"a secret", "ann")
    forged = other.seal(b"", "ann")[:5] + sealed[5:]

    for each in (sealed, forged):
        with pytest.raises(BrokenSeal):
            other.open(each, "ann")


@given(st.data())
def test_damage_anywhere_is_noticed(data: st.DataObject) -> None:
    sealed = SEALER.seal(b"a secret", "ann")
    place = data.draw(st.integers(0, len(sealed) - 1))
    damaged = sealed[:place] + bytes([sealed[place] ^ data.draw(st.integers(1, 255))]) + sealed[place + 1 :]

    with pytest.raises(BrokenSeal):
        SEALER.open(damaged, "ann")


@given(st.binary(max_size=40))
def test_other_bytes_are_no_seal(sealed: bytes) -> None:
    with pytest.raises(BrokenSeal):
        SEALER.open(sealed, "ann")


def test_of_several_keys_the_first_seals_and_each_opens() -> None:
    old, new = new_key(), new_key()
    both = Sealer(SecretStr(f"{new.get_secret_value()}\n{old.get_secret_value()}"))

    assert both.open(Sealer(old).seal(b"a secret", "ann"), "ann") == b"a secret"
    assert Sealer(new).open(both.seal(b"a secret", "ann"), "ann") == b"a secret"
