"""Makes long exports in the background."""

from hotline.features.exports.runner import ExportRunner
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Make the runner known, and run it."""
    runner = ExportRunner(platform)
    platform.services[ExportRunner] = runner
    platform.background["exports"] = runner.run
