"""Files in a local folder (`<data>/files`): written aside, synced, renamed, so that no half file is ever found under its key."""

import asyncio
import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

from hotline.ports.files import FileDamaged, FileMissing, StoredFile

_FOLDER: Final = re.compile(r"[a-z0-9_-]{1,40}")
_KEY: Final = re.compile(r"[a-z0-9_-]{1,40}/[0-9a-f]{2}/[0-9a-f]{64}")


class LocalFiles:
    """`ports.files.FileStore` below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, content: bytes, *, folder: str) -> StoredFile:
        """Store durably, and return where."""
        assert _FOLDER.fullmatch(folder), "folders are named by the program"
        return await asyncio.to_thread(self._put, content, folder)

    def _put(self, content: bytes, folder: str) -> StoredFile:
        sha256 = hashlib.sha256(content).hexdigest()
        key = f"{folder}/{sha256[:2]}/{sha256}"
        file = self._root / key
        if not file.exists() or file.stat().st_size != len(content):
            file.parent.mkdir(parents=True, exist_ok=True)
            aside = file.with_name(f".{secrets.token_hex(8)}")
            with aside.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            aside.replace(file)
            _sync_folder(file.parent)
        return StoredFile(key=key, sha256=sha256, size_bytes=len(content))

    async def get(self, key: str) -> bytes:
        """Return the content. Raises `FileMissing`, `FileDamaged`."""
        return await asyncio.to_thread(self._get, key)

    def _get(self, key: str) -> bytes:
        try:
            content = self._file(key).read_bytes()
        except FileNotFoundError as missing:
            raise FileMissing(key) from missing
        if hashlib.sha256(content).hexdigest() != key.rsplit("/", 1)[1]:
            raise FileDamaged(key)
        return content

    async def remove(self, key: str) -> None:
        """Forget a file."""
        await asyncio.to_thread(self._file(key).unlink, missing_ok=True)

    def _file(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileMissing(key)
        return self._root / key


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
