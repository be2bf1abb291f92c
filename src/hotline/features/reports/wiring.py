"""Mails own reports in the background; says how long listings are made; counts today for live screens and alarms."""

from hotline.features.reports.day import ReportedDay
from hotline.features.reports.long_listing import listing_kind
from hotline.features.reports.mailing_worker import ReportMailer
from hotline.platform.access import Platform
from hotline.platform.exports import add_export
from hotline.ports.day_figures import DayBook


def wire(platform: Platform) -> None:
    """Make them known; run the mailer."""
    platform.services[DayBook] = ReportedDay(platform)
    mailer = ReportMailer(platform)
    platform.services[ReportMailer] = mailer
    platform.background["report-mailing"] = mailer.run
    add_export(platform, listing_kind(platform))
