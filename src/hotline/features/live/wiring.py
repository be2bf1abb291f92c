"""What the live feature keeps for the whole application."""

from hotline.features.live.curve import Curves
from hotline.features.live.encoding import LiveEncoder
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Make the writers of streams and curves known to the routes."""
    platform.services[LiveEncoder] = LiveEncoder()
    platform.services[Curves] = Curves()
