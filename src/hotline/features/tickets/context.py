"""What every change of a ticket stands on: the unit of work, who acts, the moment, calendars, the way to SMS."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from hotline.features.tickets.timing import Calendars
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.ports.call_control import CallControl
from hotline.ports.sms import SmsSender


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketContext:
    """One change: `now` is the same for all of it."""

    work: Work
    actor: Actor
    platform: Platform
    now: datetime

    def calendars(self) -> Calendars:
        """Opening hours by id, as the running centre has them."""
        return calendars_of(self.platform)

    @property
    def sms(self) -> SmsSender | None:
        """The outbox, where there is one."""
        return cast("SmsSender | None", self.platform.services.get(SmsSender))


def calendars_of(platform: Platform) -> Calendars:
    """Opening hours by id, as the running centre has them; none before it runs."""
    control = cast("CallControl | None", platform.services.get(CallControl))
    return {str(hours.id): hours for hours in control.site().hours} if control is not None else {}
