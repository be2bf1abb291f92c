"""Mails own reports in the background."""

from hotline.features.reports.mailing_worker import ReportMailer
from hotline.platform.access import Platform


def wire(platform: Platform) -> None:
    """Make the mailer known, and run it."""
    mailer = ReportMailer(platform)
    platform.services[ReportMailer] = mailer
    platform.background["report-mailing"] = mailer.run
