"""Times that cross the HTTP border: moments with or without a zone, and the local day of the site."""

from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
"""Local time of the site (metrics.md, rule 1): China has one zone and no summer time."""


def moment(value: datetime | None) -> datetime | None:
    """Return a moment from a query in UTC; one without a zone is meant in local time."""
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=CHINA)).astimezone(UTC)
