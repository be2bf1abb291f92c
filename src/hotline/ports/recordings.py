"""Recordings while they are being made: for whoever listens in the same moment, such as for the pause at the end of a question."""

from pathlib import Path
from typing import Protocol


class GrowingRecordings(Protocol):
    """Knows where the engine in use writes."""

    def growing(self, path: str) -> Path:
        """Return the file that grows now and will be the recording at `path` (relative to the data folder); it need not be there yet.

        A WAV file, the leg's own side on the left, written at least every half second; its header may not tell its length.
        """
        ...
