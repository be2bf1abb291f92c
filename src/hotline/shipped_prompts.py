"""The prompts that come with the product: entered into every installation, exchanged by an upgrade unless the site put its own."""

import json
from dataclasses import dataclass
from pathlib import Path

from hotline.features.prompts.audio import StoredAudio, keep
from hotline.features.prompts.models import Prompt
from hotline.features.prompts.repository import PromptRepository
from hotline.platform.actor import system_actor
from hotline.platform.clock import Clock, utc_now
from hotline.platform.database import Database
from hotline.platform.ids import new_id
from hotline.platform.people import ROOT_AUTHORITY

FOLDER = Path(__file__).parent / "demo" / "prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedPrompt:
    """One line of the manifest."""

    key: str
    text: str
    sha256: str
    lufs: float | None
    """Integrated loudness; None: silence."""
    file: Path


def shipped_prompts() -> list[ShippedPrompt]:
    """Return everything in the manifest."""
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return [
        ShippedPrompt(
            key=entry["key"],
            text=entry["text"],
            sha256=entry["sha256"],
            lufs=entry["lufs"],
            file=FOLDER / f"{entry['key']}.wav",
        )
        for entry in manifest["prompts"]
    ]


async def install_shipped_prompts(database: Database, data: Path, clock: Clock = utc_now) -> int:
    """Bring the installation's prompts to this version; return how many were entered or exchanged. Repeatable.

    `data` is the data folder. A prompt that the site's people exchanged or removed stays as they left it.
    """
    count = 0
    async with database.writing() as work:
        prompts = PromptRepository(work.session, system_actor("setup", ROOT_AUTHORITY))
        there = {row.key: row for row in await prompts.all()}
        for shipped in shipped_prompts():
            row = there.get(shipped.key)
            if row is None:
                row = prompts.add(
                    Prompt(
                        id=new_id(),
                        authority_id=ROOT_AUTHORITY,
                        key=shipped.key,
                        name=_name(shipped),
                        text=shipped.text,
                        active=True,
                    )
                )
            elif row.sha256 != row.shipped_sha256 or (
                row.sha256 == shipped.sha256 and (data / row.path).is_file()
            ):
                if row.sha256 == shipped.sha256 and row.lufs is None:
                    row.lufs = shipped.lufs  # of installations from before it was known
                continue
            _put(row, keep(shipped.file.read_bytes(), data), clock)
            row.lufs = shipped.lufs
            row.text = shipped.text
            count += 1
    return count


def _name(shipped: ShippedPrompt) -> str:
    return shipped.text[:24] or shipped.key


def _put(row: Prompt, audio: StoredAudio, clock: Clock) -> None:
    row.path, row.sha256, row.shipped_sha256 = audio.path, audio.sha256, audio.sha256
    row.size_bytes, row.duration_ms, row.updated_at = audio.size_bytes, audio.duration_ms, clock()
    row.lufs = row.lufs_before = None
