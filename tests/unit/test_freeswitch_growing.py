"""Where FreeSWITCH writes a recording that somebody listens to while it grows."""

from pathlib import Path

import pytest

from hotline.adapters.freeswitch.orders import PARTS, Part
from hotline.adapters.freeswitch.recordings import growing
from hotline.core.ids import LegId, RecordingId

pytestmark = pytest.mark.req("IVR-8", "TEL-2")


def test_the_file_of_a_recording_is_found_by_where_it_will_be(tmp_path: Path) -> None:
    (tmp_path / PARTS).mkdir(parents=True)
    for path in ("recordings/2026/a.wav", "recordings/2026/a-question.wav"):
        part = Part(RecordingId("r"), LegId("l"), path)
        (tmp_path / PARTS / part.name).touch()
    (tmp_path / PARTS / "somebody else's.wav").touch()
    found = growing(tmp_path, "recordings/2026/a-question.wav")
    assert found.is_file()
    assert found.name == Part(RecordingId("r"), LegId("l"), "recordings/2026/a-question.wav").name


def test_what_does_not_grow_is_not_there(tmp_path: Path) -> None:
    assert not growing(tmp_path, "recordings/2026/a.wav").exists()
