"""Keys are told apart, written down and read back; those in a file may change while they are in use."""

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from spindle.shared.spotify.keys import BadKey, Keys, new_key, put_aside, read, written
from spindle.shared.spotify.seal import BrokenSeal, Sealer

RAW = bytes(range(224, 256))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


def put(file: Path, *keys: SecretStr) -> None:
    """As `secrets` of the compose file and `keys rotate` do it."""
    file.with_suffix(".new").write_text("\n".join(key.get_secret_value() for key in keys))
    file.with_suffix(".new").replace(file)


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
    [key] = read(SecretStr(text))

    assert key.raw == RAW


@pytest.mark.parametrize(
    "text",
    ["", "short", "correct horse battery staple", "ü" * 43, RAW.hex()[:-2], "a" * 44, "=" * 44, f"{RAW.hex()} short"],
)
def test_any_other_key_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(BadKey, match="openssl rand -base64 32") as error:
        read(SecretStr(text))

    assert not text or text not in str(error.value)


def test_made_keys_are_good_and_survive_being_written_down(file: Path) -> None:
    one, two = new_key(), new_key()

    file.write_text(written([*read(one), *read(two)]))

    assert read(file) == (*read(one), *read(two))
    assert len({key.id for key in read(file)}) == 2


def test_a_key_given_twice_is_one(file: Path) -> None:
    put(file, one := new_key(), new_key(), one)

    assert len(read(file)) == 2


def test_no_key_shows_itself() -> None:
    key = new_key()

    assert key.get_secret_value() not in repr(read(key)) + repr(Keys(key)) + repr(vars(Keys(key)))
    assert repr(read(key)[0].raw) not in repr(read(key))


def test_what_an_unknown_key_has_sealed_opens_as_soon_as_the_file_has_that_key(file: Path) -> None:
    put(file, old := new_key())
    running = Sealer(file)
    sealed = Sealer(new := new_key()).seal(b"a secret", "ann")
    with pytest.raises(BrokenSeal):
        running.open(sealed, "ann")

    put(file, new, old)

    assert running.open(sealed, "ann") == b"a secret"


def test_who_runs_seals_with_the_new_key_as_soon_as_it_is_there(file: Path) -> None:
    put(file, old := new_key())
    running = Sealer(file)

    put(file, new := new_key(), old)

    assert Sealer(new).open(running.seal(b"a secret", "ann"), "ann") == b"a secret"


@pytest.mark.parametrize("spoilt", ["", "no key", None])
def test_a_file_that_is_spoilt_while_it_is_in_use_takes_no_key_away(file: Path, spoilt: str | None) -> None:
    put(file, key := new_key())
    running = Sealer(file)
    sealed = running.seal(b"a secret", "ann")

    file.unlink() if spoilt is None else file.write_text(spoilt)

    assert Sealer(key).open(running.seal(b"another", "ann"), "ann") == b"another"
    assert running.open(sealed, "ann") == b"a secret"
    with pytest.raises(BrokenSeal):
        running.open(Sealer(new_key()).seal(b"", "ann"), "ann")


def test_a_key_put_aside_opens_and_does_not_seal(file: Path) -> None:
    put(file, new := new_key())
    [old] = read(gone := new_key())
    put_aside(file, old.id).write_text(written([old]))

    running = Sealer(file)

    assert running.open(Sealer(gone).seal(b"a secret", "ann"), "ann") == b"a secret"
    assert Sealer(new).open(running.seal(b"another", "ann"), "ann") == b"another"


def test_a_file_that_is_not_there_at_the_start_is_named(file: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(file)):
        Sealer(file)
