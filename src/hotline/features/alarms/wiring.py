"""What the alarms keep for the whole application, and the task that follows the live view."""

from typing import cast

from hotline.features.alarms.board import AlarmBoard
from hotline.platform.access import Platform
from hotline.ports.call_control import CallControl


def wire(platform: Platform) -> None:
    """Make the board known to the routes; look anew when the site has changed; run in the background."""
    board = AlarmBoard(platform, lambda: cast("CallControl", platform.services[CallControl]))
    platform.services[AlarmBoard] = board
    platform.background["alarms"] = board.run
    reconfigure = platform.site_changed
    if reconfigure is None:
        return

    async def site_changed() -> None:
        await reconfigure()
        await board.rules_changed()

    platform.site_changed = site_changed
