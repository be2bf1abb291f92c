"""What calls give to the platform: their entries on customers' timelines."""

from hotline.features.calls.timeline import calls_of
from hotline.platform.access import Platform
from hotline.platform.contacts import timeline_of


def wire(platform: Platform) -> None:
    """Tell calls on timelines."""
    timeline_of(platform).sources.append(calls_of)
