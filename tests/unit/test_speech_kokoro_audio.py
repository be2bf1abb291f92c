"""Studio audio becomes telephone audio: the band, the level, the ends, and pauses at punctuation."""

import numpy as np
import pytest

from hotline.adapters.speech_kokoro import pauses, telephone_band

pytestmark = pytest.mark.req("TEL-4")

RATE = telephone_band.SOURCE_RATE_HZ


def tone(hz: float, seconds: float = 1.0, amplitude: float = 0.5, rate: int = RATE) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def loudness_db(samples: np.ndarray) -> float:
    """Level of the middle, away from where a filter starts and ends."""
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(np.float64)
    return float(10 * np.log10(np.mean(middle**2) + 1e-20))


@pytest.mark.parametrize("hz", [350, 1_000, 2_000, 3_300])
def test_band_keeps_what_the_telephone_carries(hz: float) -> None:
    source = tone(hz)
    assert loudness_db(telephone_band.band_limit(source)) == pytest.approx(loudness_db(source), abs=0.5)


@pytest.mark.parametrize("hz", [50, 120, 3_700, 4_600, 7_000, 8_200, 11_000])
def test_band_stops_hum_and_everything_that_would_fold_back(hz: float) -> None:
    source = tone(hz)
    assert loudness_db(telephone_band.band_limit(source)) < loudness_db(source) - 50


def test_band_keeps_time() -> None:
    source = np.zeros(RATE, np.float32)
    source[RATE // 2] = 1
    assert np.abs(telephone_band.band_limit(source)).argmax() == telephone_band.RATE_HZ // 2


@pytest.mark.parametrize("amplitude", [0.003, 0.1, 0.9])
def test_speech_is_brought_to_one_level_whatever_it_was(amplitude: float) -> None:
    source = np.concatenate(
        [np.zeros(RATE // 2, np.float32), tone(800, 1, amplitude), np.zeros(RATE, np.float32)]
    )
    heard = telephone_band.to_telephone(source)
    assert telephone_band.active_level(heard) == pytest.approx(-19, abs=0.3)
    assert np.abs(heard).max() < telephone_band.PEAK + 1e-9


def test_silence_does_not_count_as_speech() -> None:
    speech = tone(800, 1, rate=telephone_band.RATE_HZ).astype(np.float64)
    padded = np.concatenate([speech, np.zeros(telephone_band.RATE_HZ * 9)])
    assert telephone_band.active_level(padded) == pytest.approx(telephone_band.active_level(speech), abs=0.01)


def test_peaks_are_turned_down_not_cut() -> None:
    spiky = tone(500, 1, 0.05, telephone_band.RATE_HZ).astype(np.float64)
    spiky[4_000:4_017] = np.sin(np.linspace(0, np.pi, 17))
    heard = telephone_band.level(spiky)
    assert np.abs(heard).max() <= telephone_band.PEAK + 1e-9
    # A cut peak has a flat top: two neighbours at the very same height.
    top = np.abs(heard[4_000:4_017])
    assert np.count_nonzero(top > top.max() - 1e-6) == 1


def test_dead_air_is_cut_to_fifty_milliseconds_and_the_cut_does_not_click() -> None:
    rate = telephone_band.RATE_HZ
    padded = np.concatenate([np.zeros(rate), tone(800, 0.5, rate=rate).astype(np.float64), np.zeros(rate)])
    heard = telephone_band.trim(padded)
    assert heard.size / rate == pytest.approx(0.6, abs=0.045)
    assert heard[0] == heard[-1] == 0


def test_samples_beyond_full_scale_are_held_there() -> None:
    linear = np.frombuffer(telephone_band.pcm16(np.array([-2.0, -1.0, 0.0, 1.0, 2.0])), "<i2")
    assert list(linear) == [-32_768, -32_767, 0, 32_767, 32_767]


def test_pause_is_put_in_at_the_comma_where_it_is_quiet() -> None:
    gap = RATE // 20
    audio = np.concatenate([tone(300, 0.5), np.zeros(gap, np.float32), tone(300, 0.5)])
    ends = np.array([0, RATE // 2, RATE // 2 + gap, RATE + gap])
    heard = pauses.with_pauses(audio, ["a", ",", "a"], ends, 1.0)
    added = pauses.EXTRA_PAUSE_MS[","] * RATE // 1_000
    assert heard.size == audio.size + added
    silent = np.abs(heard[RATE // 2 : RATE // 2 + gap + added])
    assert silent.max() < 1e-6


def test_slow_speech_has_longer_pauses() -> None:
    audio = tone(300, 1.0)
    ends = np.array([0, RATE // 2, RATE // 2, RATE])
    slow, fast = (pauses.with_pauses(audio, ["a", ".", "a"], ends, speed).size for speed in (0.5, 2.0))
    assert slow - audio.size == 4 * (fast - audio.size)


def test_speech_without_marks_inside_keeps_its_length() -> None:
    audio = tone(300, 0.4)
    assert pauses.with_pauses(audio, ["a", "a", "."], np.array([0, 10, 20, 30]), 1.0).size == audio.size


def test_word_is_taken_from_its_carrier_up_to_the_pause() -> None:
    rate = telephone_band.RATE_HZ
    said = [tone(800, 0.3, rate=rate), np.zeros(rate // 5), tone(800, 1.0, rate=rate)]
    word = telephone_band.first_utterance(np.concatenate(said))
    assert word.size / rate == pytest.approx(0.32, abs=0.03)


def test_carrier_without_a_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="no pause"):
        telephone_band.first_utterance(tone(800, 1.0, rate=telephone_band.RATE_HZ).astype(np.float64))
