"""What the platform may ask this feature about: prompts."""

from hotline.features.prompts.repository import prompt_is_known
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Answer questions about prompts."""
    platform.reference_checks["prompt"] = prompt_is_known
