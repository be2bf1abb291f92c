"""The two kinds of test files are told apart by names that exist."""

from pathlib import Path

from tests.scheduling import REAL_TIME, SILENT, is_calm

TOP = Path(__file__).parents[2]


def test_every_silent_file_is_there_and_lies_where_sound_is_expected() -> None:
    for name in SILENT:
        assert (TOP / name).is_file()
        assert name.startswith(REAL_TIME)


def test_what_listens_is_not_calm() -> None:
    assert not is_calm("tests/e2e/test_first_call.py")
    assert not is_calm("tests/contract/test_switch_sound.py")
    assert is_calm("tests/contract/test_files.py") and is_calm("tests/unit/test_wire_rtp.py")
