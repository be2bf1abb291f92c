"""Where the speech environment of this machine lies, and how far it is: a Python environment of its own with models and voices.

`make speech` builds it; the application finds it when it is whole, also while running. Knows no model.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

READY: Final = "ready"
"""The file that `make speech` writes last."""
LOG: Final = "making.log"
_STILL_MAKING_S: Final = 600
DEFAULT_FOLDER: Final = Path(__file__).parents[3] / ".venv-speech"
HOW_TO: Final = (
    "本机还没有安装语音环境，文字转语音和语音识别暂不可用，其他功能不受影响。请在程序目录执行 make speech"
    "（约 1.2 GB，需要联网），完成后无需重启"
)
MAKING: Final = "语音环境正在后台安装（约 1.2 GB），完成后自动可用，无需重启"


@dataclass(frozen=True, slots=True)
class SpeechEnvironment:
    """The folder, whether or not there is anything in it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def voices(self) -> Path:
        """The synthesiser's voice files."""
        return self.folder / "voices"

    @property
    def recognition_model(self) -> Path:
        """Where the recogniser's model is put together."""
        return self.folder / "whisper"

    @property
    def installed(self) -> bool:
        """Whether it is whole."""
        return (self.folder / READY).is_file()

    @property
    def state(self) -> str:
        """`installed`, `making` (in the background, now), or `missing`."""
        if self.installed:
            return "installed"
        log = self.folder / LOG
        making = log.is_file() and time.time() - log.stat().st_mtime < _STILL_MAKING_S
        return "making" if making else "missing"

    @property
    def hint(self) -> str:
        """What to do, in Chinese; "" when it is installed."""
        return {"installed": "", "making": MAKING}.get(self.state, HOW_TO)


def speech_environment(folder: Path | None) -> SpeechEnvironment:
    """Return the environment in `folder`, or the one beside the program."""
    return SpeechEnvironment((folder or DEFAULT_FOLDER).absolute())
