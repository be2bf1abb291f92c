"""What the platform may ask this feature about: hotlines and trunks."""

from hotline.features.hotlines.repository import (
    hotline_is_known,
    mentions_by_hotlines,
    trunk_is_known,
    uses_by_hotlines,
)
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about hotlines and trunks."""
    platform.reference_checks["hotline"] = hotline_is_known
    platform.reference_checks["trunk"] = trunk_is_known
    platform.use_finders.append(uses_by_hotlines)
    platform.mention_finders.append(mentions_by_hotlines)
