"""What calls give to the platform: their entries on customers' timelines, and their list as a long export."""

from hotline.features.calls.long_export import calls_kind
from hotline.features.calls.timeline import calls_of
from hotline.platform.access import Platform
from hotline.platform.contacts import timeline_of
from hotline.platform.exports import add_export


def wire(platform: Platform) -> None:
    """Tell calls on timelines; say how a long list is made."""
    timeline_of(platform).sources.append(calls_of)
    add_export(platform, calls_kind(platform))
