"""What the platform may ask this feature about: data sources and named queries."""

from hotline.features.sources.repository import query_is_known, source_is_known
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about data sources."""
    platform.reference_checks["source"] = source_is_known
    platform.reference_checks["query"] = query_is_known
