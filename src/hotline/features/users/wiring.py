"""What the platform may ask this feature about: agents."""

from hotline.features.users.repository import agent_is_known
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about agents."""
    platform.reference_checks["agent"] = agent_is_known
