"""What the desk keeps for all its pages together: which calls could be picked up, and what leaders did while the database was away."""

from typing import cast

from hotline.features.desk.pickable import PickableBoard
from hotline.platform.access import Platform
from hotline.platform.audit_late import LateEntries
from hotline.ports.call_control import CallControl


def wire(platform: Platform) -> None:
    """Give the desks of this application their board and their entries."""
    platform.services[PickableBoard] = PickableBoard(
        lambda: cast("CallControl", platform.services[CallControl])
    )
    waiting = platform.settings.data.absolute() / "run" / "audit-waiting.jsonl"
    platform.services[LateEntries] = entries = LateEntries(platform.database, waiting)
    platform.background["audit-late"] = entries.run
