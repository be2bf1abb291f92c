"""What the platform may ask this feature for: texts spoken into files."""

from hotline.features.speech.spoken import SpokenFiles
from hotline.platform.access import Platform
from hotline.ports.speech import SpokenTexts, Synthesizer


def wire(platform: Platform) -> None:
    """Offer spoken texts; the synthesiser is looked up when it is needed, for it may come later."""
    files = SpokenFiles(platform.settings.data.absolute(), lambda: platform.services.get(Synthesizer))
    platform.services[SpokenFiles] = files
    platform.services[SpokenTexts] = files
