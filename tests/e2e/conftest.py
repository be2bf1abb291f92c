"""The running product for journeys: one for a module, or a fresh one for tests that kill things."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.product import Product


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    """A fresh demo site, running."""
    running = Product(tmp_path / "data")
    await running.start()
    yield running
    await running.stop()
