"""Send the surveys that are due, all the time."""

from hotline.features.surveys.sending import LinkSender
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Run the sender in the background."""
    sender = LinkSender(platform)
    platform.services[LinkSender] = sender
    platform.background["survey-links"] = sender.run
