"""How large files may be: what admins chose while the server runs, else what the server's settings say."""

from dataclasses import dataclass
from typing import Final

from chatbox.accounts import store
from chatbox.kernel.db import Transaction

UPLOAD_LIMIT_MB: Final = "upload_limit_mb"
FILE_QUOTA_MB: Final = "file_quota_mb"
MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How large one file, and all files of one person together, may be."""

    upload_limit_mb: int
    file_quota_mb: int

    @property
    def of_file(self) -> int:
        """In bytes."""
        return self.upload_limit_mb * MEGABYTE

    @property
    def of_person(self) -> int:
        """In bytes."""
        return self.file_quota_mb * MEGABYTE

    async def now(self, tx: Transaction) -> "FileLimits":
        """What holds at this moment, on every instance: what admins chose, and these where they chose nothing."""
        return (await chosen(tx)).over(self)


@dataclass(frozen=True, slots=True)
class ChosenLimits:
    """What admins chose; None leaves it to the server's settings."""

    upload_limit_mb: int | None
    file_quota_mb: int | None

    def over(self, defaults: FileLimits) -> FileLimits:
        return FileLimits(
            self.upload_limit_mb or defaults.upload_limit_mb, self.file_quota_mb or defaults.file_quota_mb
        )


async def chosen(tx: Transaction) -> ChosenLimits:
    found = await store.settings(tx, (UPLOAD_LIMIT_MB, FILE_QUOTA_MB))
    limits = (found.get(name) for name in (UPLOAD_LIMIT_MB, FILE_QUOTA_MB))
    return ChosenLimits(*(limit if isinstance(limit, int) else None for limit in limits))
