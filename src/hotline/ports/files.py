"""The file-store port: attachments and other files that belong to rows, kept by content and checked by hash when read.

A file is entered in the database with key, size and hash only after `put` has returned: it lies safely by then.
"""

from dataclasses import dataclass
from typing import Protocol


class FileMissing(Exception):
    """There is no file of this key."""


class FileDamaged(Exception):
    """The file is not what was stored: its hash differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """Where a file lies, and what it is: SHA-256 in hexadecimal, size in bytes."""

    key: str
    sha256: str
    size_bytes: int


class FileStore(Protocol):
    """Keeps files. Keys are relative paths without `..`; the same content in the same folder has the same key."""

    async def put(self, content: bytes, *, folder: str) -> StoredFile:
        """Store durably, and return where. Storing the same again changes nothing."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the content. Raises `FileMissing`, `FileDamaged`."""
        ...

    async def remove(self, key: str) -> None:
        """Forget a file; one that is not there is forgotten already."""
        ...
