"""What tickets give to the platform: entries on timelines, uses of departments and calendars, citizens' replies, the task that follows them."""

from dataclasses import replace

from hotline.features.tickets.following import TicketFollower
from hotline.features.tickets.long_export import tickets_kind
from hotline.features.tickets.own_counting import DIMENSIONS, TicketFigures
from hotline.features.tickets.reports import FOR_CATALOGUE
from hotline.features.tickets.repository import uses_by_tickets
from hotline.features.tickets.sms_news import TicketSmsNews
from hotline.features.tickets.timeline_repository import tickets_of
from hotline.platform.access import Platform
from hotline.platform.contacts import timeline_of
from hotline.platform.exports import add_export
from hotline.platform.own_reports import add_report
from hotline.ports.sms import SmsListener


def wire(platform: Platform) -> None:
    """Make tickets known; deadlines follow every change of the site's calendars."""
    timeline_of(platform).sources.append(tickets_of)
    platform.use_finders.append(uses_by_tickets)
    platform.listeners.setdefault(SmsListener, []).append(TicketSmsNews(platform))
    for report in FOR_CATALOGUE:
        counting = TicketFigures(platform, report.key)
        add_report(platform, replace(report, dimensions=DIMENSIONS, counting=counting))
    add_export(platform, tickets_kind(platform))
    follower = TicketFollower(platform)
    platform.services[TicketFollower] = follower
    platform.background["tickets"] = follower.run
    reconfigure = platform.site_changed
    if reconfigure is None:
        return

    async def site_changed() -> None:
        await reconfigure()
        await follower.calendar_changed()

    platform.site_changed = site_changed
