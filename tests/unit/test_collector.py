"""What is kept for good is not looked through for garbage; what comes later is."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from hotline.platform.collector import keep_for_good


class Ring:
    """Something that only a search for cycles can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The tests that follow look at everything again."""
    yield
    gc.unfreeze()


@pytest.mark.parametrize(("tidy", "left"), [(True, False), (False, True)])
def test_garbage_of_the_start_is_freed_only_when_asked(tidy: bool, left: bool) -> None:
    before = weakref.ref(Ring())
    keep_for_good(tidy=tidy)
    gc.collect()
    assert (before() is not None) is left


def test_later_garbage_is_found_among_little() -> None:
    keep_for_good()
    assert gc.get_freeze_count() > 0
    after = weakref.ref(Ring())
    gc.collect()
    assert after() is None
