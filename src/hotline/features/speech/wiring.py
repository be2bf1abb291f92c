"""What the platform may ask this feature for: texts spoken into files, and the service by which flows speak them."""

from hotline.core.flow_speech import SERVICE
from hotline.features.speech.saying import SayingService
from hotline.features.speech.spoken import SpokenFiles
from hotline.platform.access import Platform
from hotline.ports.inquiries import Services
from hotline.ports.speech import SpokenTexts, Synthesizer


def wire(platform: Platform) -> None:
    """Offer spoken texts; the synthesiser is looked up when it is needed, for it may come later."""
    files = SpokenFiles(platform.settings.data.absolute(), lambda: platform.services.get(Synthesizer))
    platform.services[SpokenFiles] = files
    platform.services[SpokenTexts] = files
    services: Services = platform.services.setdefault(Services, Services())
    services[SERVICE] = SayingService(files)
