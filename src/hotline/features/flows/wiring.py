"""What the platform may ask this feature about: flows."""

from hotline.features.flows.repository import flow_is_known, mentions_by_flows, uses_by_flows
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about flows."""
    platform.reference_checks["flow"] = flow_is_known
    platform.use_finders.append(uses_by_flows)
    platform.mention_finders.append(mentions_by_flows)
