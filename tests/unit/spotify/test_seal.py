"""Sealed bytes open with the right key for the right listener, and never otherwise."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from spindle.shared.spotify.seal import BadKey, BrokenSeal, Sealer, key_bytes, new_key

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


@pytest.mark.parametrize(
    "text",
    [
        RAW.hex(),
        RAW.hex().upper(),
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode().rstrip("="),
        f"  {RAW.hex()}\n",
    ],
)
def test_a_key_may_be_written_in_hex_or_in_either_base64(text: str) -> None:
    assert key_bytes(SecretStr(text)) == RAW


@pytest.mark.parametrize(
    "text", ["", "short", "correct horse battery staple", "ü" * 43, RAW.hex()[:-2], "a" * 44, "=" * 44]
)
def test_any_other_key_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(BadKey, match="openssl rand -base64 32") as error:
        Sealer(SecretStr(text))

    assert not text or text not in str(error.value)


def test_a_made_key_is_a_good_one() -> None:
    assert len(key_bytes(new_key())) == 32
    assert new_key() != new_key()
