"""The recordings that ship with the demo site are what the catalogue says, and sound as a telephone wants them."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import hotline
from hotline.adapters.speech_kokoro import telephone_band
from hotline.features.prompts.audio import loudness_of
from hotline.wire import g711, wav

pytestmark = pytest.mark.req("TEL-4")

DEMO = Path(hotline.__file__).parent / "demo"
SCRIPTS = Path(__file__).parents[2] / "scripts"
FOLDERS = ("prompts", "voices")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries() -> list[tuple[Path, dict[str, Any]]]:
    return [
        (DEMO / folder / f"{entry['key']}.wav", entry)
        for folder in FOLDERS
        for entry in json.loads((DEMO / folder / "manifest.json").read_text("utf-8"))["prompts"]
    ]


def heard(path: Path) -> np.ndarray:
    linear = wav.to_linear(wav.parse(path.read_bytes()))
    return np.frombuffer(linear, np.int16).astype(np.float64) / 32_768


SPOKEN = [pytest.param(path, id=entry["key"]) for path, entry in entries() if entry["kind"] != "sound"]


@pytest.mark.parametrize("path, entry", [pytest.param(*both, id=both[1]["key"]) for both in entries()])
def test_file_is_the_one_in_the_manifest(path: Path, entry: dict[str, Any]) -> None:
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    file = wav.parse(content)
    assert (file.tag, file.channels, file.rate) == (wav.A_LAW, 1, 8_000)
    assert file.duration_ms == entry["duration_ms"]


@pytest.mark.parametrize("path", SPOKEN)
def test_spoken_prompt_has_level_band_and_tight_ends(path: Path) -> None:
    samples = heard(path)
    assert telephone_band.active_level(samples) == pytest.approx(-19, abs=1)
    assert np.abs(samples).max() < 0.92
    levels = telephone_band.frame_levels(samples)
    assert np.flatnonzero(levels > levels.max() - 40)[0] * 20 <= 60, "dead air before the first sound"
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(samples.size, 1 / 8_000)
    outside = power[(hz < 200) | (hz > 3_600)].sum() / power.sum()
    assert 10 * np.log10(outside) < -25


@pytest.mark.parametrize("key", ["welcome", "menu", "say_7", "music", "say_pause"])
def test_the_manifest_tells_the_loudness_that_is_measured(key: str) -> None:
    path, entry = next((path, entry) for path, entry in entries() if entry["key"] == key)
    assert entry["lufs"] == loudness_of(path.read_bytes())


def test_catalogue_manifests_and_files_agree() -> None:
    command = [sys.executable, str(SCRIPTS / "render_prompts.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_everything_together_stays_small() -> None:
    assert sum(path.stat().st_size for path, _ in entries()) < 6_000_000


@pytest.mark.parametrize(
    "key, on, period", [("ringback", 8_000, 40_000), ("busy", 2_800, 5_600), ("congestion", 5_600, 11_200)]
)
def test_progress_tone_is_450_hertz_in_its_rhythm(key: str, on: int, period: int) -> None:
    samples = heard(DEMO / "prompts" / f"{key}.wav")
    assert samples.size % period == 0
    for start in range(0, samples.size, period):
        sounding, silent = samples[start : start + on], samples[start + on : start + period]
        spectrum = np.abs(np.fft.rfft(sounding * np.hanning(on)))
        assert spectrum.argmax() * 8_000 / on == pytest.approx(450, abs=1.5)
        assert 10 * np.log10(np.mean(sounding**2)) == pytest.approx(-16, abs=0.5)
        assert np.abs(silent).max() < 0.001


def test_music_lasts_a_minute_and_its_border_is_as_smooth_as_its_inside() -> None:
    samples = heard(DEMO / "prompts" / "music.wav")
    assert samples.size == 60 * 8_000
    assert 10 * np.log10(np.mean(samples**2)) == pytest.approx(-21, abs=1)
    around = np.concatenate([samples[-80:], samples[:80]])
    assert np.abs(np.diff(around)).max() <= np.quantile(np.abs(np.diff(samples)), 0.999)
    second_by_second = 10 * np.log10(np.mean(samples.reshape(60, -1) ** 2, axis=1))
    assert second_by_second.min() > -36, "no hole that sounds like a dropped call"


def test_music_is_what_its_score_makes() -> None:
    made = script("hold_music").music()
    encoded = g711.encode(g711.Law.ALAW, telephone_band.pcm16(made))
    shipped = wav.parse((DEMO / "prompts" / "music.wav").read_bytes()).data
    # Another numpy may round a few samples to the neighbouring code.
    assert np.mean(np.frombuffer(encoded, np.uint8) != np.frombuffer(shipped, np.uint8)) < 0.001
