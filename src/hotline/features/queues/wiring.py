"""What the platform may ask this feature about: queues."""

from hotline.features.queues.repository import (
    mentions_by_queues,
    queue_is_known,
    queue_number_is_known,
    uses_by_queues,
)
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about queues."""
    platform.reference_checks["queue"] = queue_is_known
    platform.reference_checks["queue_number"] = queue_number_is_known
    platform.use_finders.append(uses_by_queues)
    platform.mention_finders.append(mentions_by_queues)
