"""What the platform may ask this feature about: which wall boards show a queue."""

from hotline.features.wallboards.repository import uses_by_wall_boards
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer where a queue is shown."""
    platform.use_finders.append(uses_by_wall_boards)
