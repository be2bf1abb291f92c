"""The running product for journeys: one for a module, or a fresh one for tests that kill things."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Windows, open_windows
from tests.e2e.product import Product

FAILED = pytest.StashKey[bool]()


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    """A fresh demo site, running."""
    running = Product(tmp_path / "data")
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A demo site that runs for all tests of a module."""
    running = Product(tmp_path_factory.mktemp("site") / "data")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def site(
    module_product: Product, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Product]:
    """The module's demo site; the test leaves it with nobody signed in and no call, also when it failed: another try may follow."""
    phones = _remembered(monkeypatch)
    yield module_product
    failed = request.node.stash.get(FAILED, False)
    if failed:
        for phone in phones:
            await phone.close()
    await module_product.tidy(cut_off=failed)


def _remembered(monkeypatch: pytest.MonkeyPatch) -> list[SipPhone]:
    """The telephones that are made from now on."""
    made: list[SipPhone] = []
    make = SipPhone.__init__

    def remember(phone: SipPhone, *given: Any, **named: Any) -> None:
        make(phone, *given, **named)
        made.append(phone)

    monkeypatch.setattr(SipPhone, "__init__", remember)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure, so that the windows' pictures can be kept, and show what the product said last."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    product = _product_of(item)
    if report.failed and product is not None:
        report.sections.append(("end of the product's log", product.said_last()))
    return report


def _product_of(item: pytest.Item) -> Product | None:
    used = getattr(item, "funcargs", {}).values()
    return next((value for value in used if isinstance(value, Product)), None)


@pytest.fixture
async def windows(site: Product, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Windows]:
    """Browsers at the module's demo site."""
    async with open_windows(site, tmp_path) as opened:
        yield opened
        if request.node.stash.get(FAILED, False):
            await opened.keep_pictures(request.node.name)
