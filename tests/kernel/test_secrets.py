"""Keys derived from one master key, and secrets that are unreadable at rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.kernel.secrets import SecretBox, SecretUnreadable, derive_key

_OWNER = b"row 1"
_TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def box() -> SecretBox:
    return SecretBox(derive_key(b"master", "stored keys"))


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = {
        derive_key(master, purpose) for master in (b"one", b"other") for purpose in ("access tokens", "stored keys")
    }

    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert derive_key(b"one", "access tokens") in keys


@given(_TEXT, st.binary())
def test_what_was_sealed_can_be_opened(secret: str, owner: bytes) -> None:
    box = SecretBox(derive_key(b"master", "x"))

    assert box.open(box.seal(secret, owner), owner) == secret


def test_the_same_secret_is_sealed_differently_each_time(box: SecretBox) -> None:
    assert box.seal("sk-123", _OWNER) != box.seal("sk-123", _OWNER)
    assert b"sk-123" not in box.seal("sk-123", _OWNER)


def test_a_row_that_was_copied_to_another_owner_is_worthless(box: SecretBox) -> None:
    with pytest.raises(SecretUnreadable):
        box.open(box.seal("sk-123", _OWNER), b"row 2")


def test_another_master_key_opens_nothing(box: SecretBox) -> None:
    with pytest.raises(SecretUnreadable):
        SecretBox(derive_key(b"other", "stored keys")).open(box.seal("sk-123", _OWNER), _OWNER)


@pytest.mark.parametrize("place", [0, 15, -1])
def test_a_single_changed_byte_is_noticed(box: SecretBox, place: int) -> None:
    sealed = bytearray(box.seal("sk-123", _OWNER))
    sealed[place] ^= 1

    with pytest.raises(SecretUnreadable):
        box.open(bytes(sealed), _OWNER)


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"x" * 28])
def test_what_was_never_sealed_cannot_be_opened(box: SecretBox, sealed: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        box.open(sealed, _OWNER)
