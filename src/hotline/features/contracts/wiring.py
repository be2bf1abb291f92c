"""What the platform may ask this feature about: which contracts look at a hotline."""

from hotline.features.contracts.repository import uses_by_contracts
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer which contracts look at a hotline."""
    platform.use_finders.append(uses_by_contracts)
