"""Keys of the server: derived from one master key, and used to keep other people's keys unreadable at rest."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12


def derive_key(master: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF, RFC 5869), so that no key serves two."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=b"chatbox", info=purpose.encode()).derive(master)


class SecretUnreadable(Exception):
    """What was stored cannot be decrypted: the master key has changed, or the row was tampered with."""


class SecretBox:
    """Encrypts short secrets with AES-256-GCM (NIST SP 800-38D)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: str, owner: bytes) -> bytes:
        """`secret` encrypted; it can be opened only for the same `owner`, so a copied row is worthless."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), owner)

    def open(self, sealed: bytes, owner: bytes) -> str:
        """Raises `SecretUnreadable`."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable from error
