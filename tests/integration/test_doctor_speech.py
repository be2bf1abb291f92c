"""The self test of speech: a sentence is really spoken and written down; what is missing or broken is said with what to do."""

from pathlib import Path

import pytest

from hotline.cli._doctor_speech import MEND, speech_finding
from hotline.cli._findings import Verdict
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import READY
from tests.speech_environment import fake_speech

pytestmark = pytest.mark.req("IVR-8")


async def test_speech_that_works_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TEST_HEARD", "您好")
    finding = await speech_finding(Settings(speech=fake_speech(tmp_path / "speech")))
    assert finding.verdict is Verdict.GOOD
    assert "听到“您好”" in finding.what


async def test_speech_that_is_not_there_is_worth_a_note(tmp_path: Path) -> None:
    finding = await speech_finding(Settings(speech=tmp_path / "nothing"))
    assert finding.verdict is Verdict.NOTE
    assert "make speech" in finding.mend


async def test_speech_that_is_broken_is_to_be_mended(tmp_path: Path) -> None:
    (tmp_path / READY).touch()
    finding = await speech_finding(Settings(speech=tmp_path))
    assert (finding.verdict, finding.mend) == (Verdict.BAD, MEND)
