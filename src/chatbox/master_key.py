"""The one key that all other keys of the server derive from: given, or made once and kept."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from chatbox.kernel.db import Database

_KEY_BYTES = 32


def from_folder(folder: Path) -> bytes:
    """The key in `secret.key` of the data folder, made at the first call; readable by its owner only."""
    path = folder / "secret.key"
    with suppress(FileExistsError):
        fresh = path.with_name(f"secret.key.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(_KEY_BYTES))
        try:
            # A link, unlike a rename, fails when another process was first.
            path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    return path.read_text().strip().encode()


async def from_database(db: Database) -> bytes:
    """The key that all instances of an external database share, made by the first of them.

    It lies beside what it protects: set `CHATBOX_SECRET_KEY` to keep them apart (docs/running/settings.md).
    """
    made = json.dumps(secrets.token_urlsafe(_KEY_BYTES))
    async with db.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO server_settings (key, value) VALUES ('master_key', CAST(:made AS jsonb)) "
                "ON CONFLICT (key) DO NOTHING"
            ),
            {"made": made},
        )
        kept: str = (await tx.execute(text("SELECT value FROM server_settings WHERE key = 'master_key'"))).scalar_one()
    return str(kept).encode()
