"""The outbox for every feature (`SmsSender`), its worker in the background, and messages in customers' timelines."""

from hotline.features.sms.news import NewsDesk
from hotline.features.sms.sender import Outbox
from hotline.features.sms.timeline_repository import timeline
from hotline.features.sms.worker import OutboxWorker
from hotline.platform.access import Platform
from hotline.platform.contacts import timeline_of
from hotline.platform.sealing import sealer_of
from hotline.ports.sms import SmsSender


def wire(platform: Platform) -> None:
    """Make the outbox known, and run it."""
    desk = NewsDesk(platform)
    worker = OutboxWorker(platform, lambda: sealer_of(platform.settings.data), desk)
    platform.services[NewsDesk] = desk
    platform.services[OutboxWorker] = worker
    platform.services[SmsSender] = Outbox(platform.database, platform.clock, worker.wake)
    platform.background["sms-outbox"] = worker.run
    timeline_of(platform).sources.append(timeline)
