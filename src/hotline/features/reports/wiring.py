"""Mails own reports in the background; says how long listings are made."""

from hotline.features.reports.long_listing import listing_kind
from hotline.features.reports.mailing_worker import ReportMailer
from hotline.platform.access import Platform
from hotline.platform.exports import add_export


def wire(platform: Platform) -> None:
    """Make the mailer known, and run it."""
    mailer = ReportMailer(platform)
    platform.services[ReportMailer] = mailer
    platform.background["report-mailing"] = mailer.run
    add_export(platform, listing_kind(platform))
