"""Render the demo site's prompts: catalogue.toml in, A-law WAV files and manifest.json out.

Run by `make prompts` in the environment of the `speech` extra. Only what changed is rendered; the same catalogue gives
the same files. `--check` needs neither model nor packages: it says whether files, manifest and catalogue agree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hotline.adapters.speech_kokoro.model import Kokoro

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "src" / "hotline" / "demo"
CATALOGUE = DEMO / "prompts" / "catalogue.toml"
FOLDERS = {
    "prompt": DEMO / "prompts",
    "word": DEMO / "prompts",
    "sound": DEMO / "prompts",
    "voice": DEMO / "voices",
}
RENDERER = 2
"""Raised when a change of this script or of the model's adapter changes what is heard: everything is rendered anew."""

RATE_HZ = 8_000
WORD_KEEP_MS = 15
WORD_ENDS_DB = 42.0
"""Lower than this lies nothing that is heard; higher, and the hiss at the beginning of 七 or 千 would be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of the catalogue, with defaults filled in."""

    kind: str
    key: str
    text: str
    spoken: str
    voice: str
    speed: float

    @property
    def path(self) -> Path:
        """Where the rendered file lies."""
        return FOLDERS[self.kind] / f"{self.key}.wav"

    @property
    def recipe(self) -> str:
        """A hash of all that decides the sound: another recipe means another rendering."""
        parts = (RENDERER, self.kind, self.key, self.text, self.spoken, self.voice, self.speed)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def read_catalogue(path: Path = CATALOGUE) -> list[Item]:
    """Return the catalogue's entries in order. Raises ValueError when a key appears twice."""
    content: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    defaults = content["defaults"]
    items = [_item(kind, entry, defaults) for kind in FOLDERS for entry in content.get(kind, [])]
    seen: set[Path] = set()
    for item in items:
        if item.path in seen:
            message = f"{item.key} is in the catalogue twice"
            raise ValueError(message)
        seen.add(item.path)
    return items


def disagreements() -> list[str]:
    """Return what does not fit together between the catalogue, the manifests and the files; nothing when all is well."""
    items = read_catalogue()
    entries = _manifests()
    found: list[str] = []
    for item in items:
        entry = entries.pop((item.path.parent, item.key), None)
        if entry is None or entry["recipe"] != item.recipe:
            found.append(f"{item.key}: to be rendered")
        elif not item.path.exists() or _sha256(item.path.read_bytes()) != entry["sha256"]:
            found.append(f"{item.key}: the file is not the one that was rendered")
    found += [f"{key}: in the manifest, not in the catalogue" for _, key in entries]
    known = {item.path for item in items}
    found += [
        f"{path.name}: not in the catalogue"
        for folder in set(FOLDERS.values())
        for path in folder.glob("*.wav")
        if path not in known
    ]
    return found


def render(voices: Path, *, only: set[str], force: bool) -> int:
    """Render what changed (of `only`, if given; all with `force`). Returns how many files were written."""
    items = read_catalogue()
    entries = _manifests()
    studio = Studio(voices)
    written = 0
    for item in items:
        entry = entries.get((item.path.parent, item.key))
        current = entry is not None and entry["recipe"] == item.recipe and item.path.exists()
        if (only and item.key not in only) or (current and not force and not only):
            continue
        samples = studio.make(item)
        file = alaw_wav(samples)
        item.path.write_bytes(file)
        entries[item.path.parent, item.key] = _entry(item, file, samples.size, studio.reading(item))
        written += 1
        print(f"{item.key:24} {samples.size / RATE_HZ:6.2f} s", flush=True)
        _write_manifests(items, entries)
    _write_manifests(items, entries)
    return written


class Studio:
    """Makes the sound of an entry. The model is loaded when the first speech is asked for."""

    def __init__(self, voices: Path) -> None:
        self._voices = voices
        self._model: Kokoro | None = None
        self._signals: dict[str, NDArray[np.float64]] | None = None

    def make(self, item: Item) -> NDArray[np.float64]:
        """Return the finished signal at 8 kHz, full scale 1.0."""
        from hotline.adapters.speech_kokoro import telephone_band

        if item.kind == "sound":
            return self._sound(item.key)
        spoken = telephone_band.band_limit(self._speak(item))
        if item.kind == "word":
            # Words are played one after another: what is left at their ends is the pace of the whole.
            word = telephone_band.first_utterance(spoken)
            return telephone_band.level(
                telephone_band.trim(word, keep_ms=WORD_KEEP_MS, below_peak_db=WORD_ENDS_DB)
            )
        return telephone_band.level(telephone_band.trim(spoken))

    def reading(self, item: Item) -> str:
        """Return how the entry is read, in pinyin, for people who check; nothing for a sound."""
        if item.kind == "sound":
            return ""
        from hotline.adapters.speech_kokoro import reading

        return reading.pinyin(item.text if item.kind == "word" else item.spoken)

    def _speak(self, item: Item) -> NDArray[np.float32]:
        if self._model is None:
            from hotline.adapters.speech_kokoro.model import Kokoro

            self._model = Kokoro(self._voices)
        return self._model.speak(item.spoken, voice=item.voice, speed=item.speed)

    def _sound(self, key: str) -> NDArray[np.float64]:
        if self._signals is None:
            import hold_music
            import prompt_sounds

            self._signals = {**prompt_sounds.sounds(), "music": hold_music.music()}
        return self._signals[key]


def alaw_wav(samples: NDArray[np.float64]) -> bytes:
    """Return a signal (8 kHz, full scale 1.0) as a mono WAV file of A-law."""
    from hotline.adapters.speech_kokoro.telephone_band import pcm16
    from hotline.wire import g711, wav

    return wav.g711_file(g711.Law.ALAW, g711.encode(g711.Law.ALAW, pcm16(samples)))


def _item(kind: str, entry: dict[str, Any], defaults: dict[str, Any]) -> Item:
    speaks = kind != "sound"
    return Item(
        kind=kind,
        key=entry["key"],
        text=entry["text"],
        spoken=entry.get(
            "spoken",
            entry["text"]
            if kind != "word"
            else entry.get("carrier", defaults["carrier"]).replace("{}", entry["text"]),
        ),
        voice=entry.get("voice", defaults["voice"]) if speaks else "",
        speed=float(entry.get("speed", defaults["speed"])) if speaks else 0.0,
    )


def _entry(item: Item, file: bytes, samples: int, reading: str) -> dict[str, Any]:
    from hotline.features.prompts.audio import loudness_of

    return {
        "key": item.key,
        "kind": item.kind,
        "text": item.text,
        "reading": reading,
        "voice": item.voice,
        "duration_ms": samples * 1_000 // RATE_HZ,
        "lufs": loudness_of(file),
        "sha256": _sha256(file),
        "recipe": item.recipe,
    }


def _manifests() -> dict[tuple[Path, str], dict[str, Any]]:
    entries: dict[tuple[Path, str], dict[str, Any]] = {}
    for folder in set(FOLDERS.values()):
        path = folder / "manifest.json"
        if path.exists():
            for entry in json.loads(path.read_text("utf-8"))["prompts"]:
                entries[folder, entry["key"]] = entry
    return entries


def _write_manifests(items: list[Item], entries: dict[tuple[Path, str], dict[str, Any]]) -> None:
    for folder in sorted(set(FOLDERS.values())):
        keys = [(folder, item.key) for item in items if item.path.parent == folder]
        content = {"version": 1, "prompts": [entries[key] for key in keys if key in entries]}
        path = folder / "manifest.json"
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
        aside.replace(path)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> int:
    """Render or check, by the command line. Returns the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--voices", type=Path, default=ROOT / ".venv-speech" / "voices", help="folder of voice files"
    )
    arguments.add_argument(
        "--only", nargs="*", default=[], metavar="KEY", help="render these, changed or not"
    )
    arguments.add_argument("--force", action="store_true", help="render everything")
    arguments.add_argument(
        "--check", action="store_true", help="render nothing; exit 1 when something is out of date"
    )
    chosen = arguments.parse_args()
    if chosen.check:
        found = disagreements()
        print("\n".join(found) or "prompts: catalogue, manifests and files agree")
        return 1 if found else 0
    sys.path.insert(0, str(ROOT / "src"))
    written = render(chosen.voices, only=set(chosen.only), force=chosen.force)
    print(f"{written} rendered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
