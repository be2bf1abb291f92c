"""The contract of file stores (`ports.files`)."""

from pathlib import Path

import pytest

from hotline.adapters.files_local import LocalFiles
from hotline.ports.files import FileDamaged, FileMissing, FileStore


@pytest.fixture(params=["local"])
def store(tmp_path: Path) -> FileStore:
    return LocalFiles(tmp_path)


@pytest.mark.req("TKT-1")
async def test_what_is_stored_comes_back(store: FileStore) -> None:
    stored = await store.put(b"content", folder="tickets")
    assert await store.get(stored.key) == b"content"
    assert (stored.size_bytes, len(stored.sha256)) == (7, 64)
    assert await store.put(b"content", folder="tickets") == stored


async def test_what_is_not_there_or_was_removed_is_missing(store: FileStore) -> None:
    stored = await store.put(b"content", folder="tickets")
    await store.remove(stored.key)
    await store.remove(stored.key)
    for key in (stored.key, "../secret", "/etc/passwd", "tickets/../../x"):
        with pytest.raises(FileMissing):
            await store.get(key)


async def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    store = LocalFiles(tmp_path)
    stored = await store.put(b"content", folder="tickets")
    (tmp_path / stored.key).write_bytes(b"CONTENT")
    with pytest.raises(FileDamaged):
        await store.get(stored.key)
