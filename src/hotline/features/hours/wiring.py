"""What the platform may ask this feature about: opening hours."""

from hotline.features.hours.repository import hours_are_known
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about opening hours."""
    platform.reference_checks["hours"] = hours_are_known
