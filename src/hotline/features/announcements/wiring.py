"""What the platform may ask this feature about: who plays a prompt, and for which hotline."""

from hotline.features.announcements.repository import mentions_by_announcements, uses_by_announcements
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about what is in use."""
    platform.use_finders.append(uses_by_announcements)
    platform.mention_finders.append(mentions_by_announcements)
