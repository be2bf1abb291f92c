"""What the desk keeps for all its pages together: which calls could be picked up."""

from typing import cast

from hotline.features.desk.pickable import PickableBoard
from hotline.platform.access import Platform
from hotline.ports.call_control import CallControl


def wire(platform: Platform) -> None:
    """Give the desks of this application their board."""
    platform.services[PickableBoard] = PickableBoard(
        lambda: cast("CallControl", platform.services[CallControl])
    )
