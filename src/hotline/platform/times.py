"""Times that cross the HTTP border: moments with or without a zone, and the local day of the site."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hotline.platform.errors import Invalid

CHINA = timezone(timedelta(hours=8))
"""Local time of the site (metrics.md, rule 1): China has one zone and no summer time."""


_YEARS: Final = range(1970, 2200)


def moment(value: datetime | None) -> datetime | None:
    """Return a moment from a query in UTC; one without a zone is meant in local time.

    Raises:
        Invalid: so far away that it has no counterpart in another zone, or none in the database.
    """
    if value is None:
        return None
    if value.year not in _YEARS:
        raise Invalid("time", f"时间应在 {_YEARS.start} 年到 {_YEARS.stop - 1} 年之间")
    return (value if value.tzinfo else value.replace(tzinfo=CHINA)).astimezone(UTC)
