"""Sealed personal data opens with its key and in its place only."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.platform.sealing import SealBroken, Sealer, sealer_of

KEY = b"k" * 32


@pytest.mark.req("ADM-4")
@given(st.text())
def test_what_is_sealed_opens_again_and_is_never_the_same_twice(value: str) -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal(value, "row-1")
    assert sealer.open(sealed, "row-1") == value
    assert not value or sealed != sealer.seal(value, "row-1")


@pytest.mark.req("ADM-4")
def test_another_key_another_row_or_a_changed_value_opens_nothing() -> None:
    sealed = Sealer(KEY).seal("110101199003070038", "row-1")
    assert "1990" not in sealed
    for sealer, text, row in (
        (Sealer(b"o" * 32), sealed, "row-1"),
        (Sealer(KEY), sealed, "row-2"),
        (Sealer(KEY), sealed[:-4] + "AAA=", "row-1"),
        (Sealer(KEY), "plain", "row-1"),
    ):
        with pytest.raises(SealBroken):
            sealer.open(text, row)


@pytest.mark.req("ADM-4")
def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = sealer_of(tmp_path)
    assert sealer_of(tmp_path).open(first.seal("甲", "1"), "1") == "甲"
    file = tmp_path / "keys" / "personal.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["personal.key"]


def test_equal_values_have_equal_digests_that_differ_by_key() -> None:
    assert Sealer(KEY).digest("1") == Sealer(KEY).digest("1") != Sealer(b"o" * 32).digest("1")
    assert not Sealer(KEY).digest("")
