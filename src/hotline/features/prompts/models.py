"""The table of prompts; the audio lies in the data folder under its content's hash."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Prompt(Base, Authority):
    """A prompt (语音文件). `path` is relative to the data folder; the file is 8 kHz mono A-law WAV and never changes."""

    __tablename__ = "prompt"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    duration_ms: Mapped[int]
    shipped_sha256: Mapped[str | None] = mapped_column(String(64))
    """What the product delivered under this key; a different `sha256` means that the site put its own recording there."""
    updated_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(16), default="recorded")
    """recorded, or spoken: by the synthesiser, with `voice` at `speed`."""
    voice: Mapped[str] = mapped_column(String(64), default="")
    speed: Mapped[float] = mapped_column(default=1.0)
    version: Mapped[int] = mapped_column(default=1)
    lufs: Mapped[float | None] = mapped_column()
    """Integrated loudness (EBU R 128); None: not measured."""
    lufs_before: Mapped[float | None] = mapped_column()
    """What the upload measured before it was levelled."""


class PromptVersion(Base, Authority):
    """What a prompt was before its sound was exchanged. The file stays, so that it can come back."""

    __tablename__ = "prompt_version"
    prompt_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    duration_ms: Mapped[int]
    source: Mapped[str] = mapped_column(String(16))
    voice: Mapped[str] = mapped_column(String(64))
    speed: Mapped[float]
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[str] = mapped_column(String(64))
    lufs: Mapped[float | None] = mapped_column()
    lufs_before: Mapped[float | None] = mapped_column()
