"""Read when something happened, as precisely as it was told and no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EXPECTED = "a time such as 2018-02-13, 2018-02 or 2018-02-13T01:30+09:00"
EARLIEST_YEAR = 1900

_WHEN = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d\d)(?:(?P=mark)(?P<day>\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?P<offset>Z|[+-]\d\d:?\d\d)?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


class TimeError(ValueError):
    """
    A text that is no time, or no time zone.

    Parameters
    ----------
    expected
        What should stand there.
    """

    def __init__(self, expected: str = EXPECTED) -> None:
        self.expected = expected
        super().__init__(f"expected {expected}")


@dataclass(frozen=True, slots=True)
class When:
    """
    A stretch of time: a moment, a day or a month.

    Parameters
    ----------
    start, end
        First moment, and the moment after which it is over, in UTC; equal for a moment.
    """

    start: datetime
    end: datetime

    @property
    def exact(self) -> bool:
        """Whether the time of day was told."""
        return self.start == self.end


def when(text: str, zone: tzinfo | None) -> When:
    """
    Read a time of ISO 8601, cut short where no more is known.

    Parameters
    ----------
    text
        A month, a day or a moment.
    zone
        Time zone of a text without an offset; None when there is none to take.

    Raises
    ------
    TimeError
        When the text is no time, or has neither offset nor zone.

    Examples
    --------
    >>> day = when("2018-02-13", time_zone("+09:00"))
    >>> day.start.isoformat(), day.end.isoformat()
    ('2018-02-12T15:00:00+00:00', '2018-02-13T15:00:00+00:00')
    >>> when("2018-02-13T01:30+09:00", None).exact
    True
    """
    match = _WHEN.fullmatch(text.strip().removesuffix(" UTC"))
    if match is None or int(match["year"]) < EARLIEST_YEAR:
        raise TimeError
    if text.strip().endswith((" UTC", "Z")):
        zone = UTC
    elif match["offset"]:
        zone = time_zone(match["offset"])
    if zone is None:
        msg = "an offset from UTC, a zone column or a time zone for the file"
        raise TimeError(msg)
    try:
        return _stretch(match, zone)
    except (ValueError, OverflowError):
        raise TimeError from None


def time_zone(text: str) -> tzinfo:
    """
    Read a time zone: an offset from UTC or a name such as Asia/Tokyo.

    Raises
    ------
    TimeError
        When there is no such zone.
    """
    if text.upper() in {"UTC", "Z"}:
        return UTC
    match = _OFFSET.fullmatch(text)
    try:
        if match is None:
            return ZoneInfo(text)
        ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-ahead if match[1] == "-" else ahead)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = "a time zone such as UTC, +09:00 or Asia/Tokyo"
        raise TimeError(msg) from None


def _stretch(match: re.Match[str], zone: tzinfo) -> When:
    year, month = int(match["year"]), int(match["month"])
    if match["day"] is None:
        following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        return _utc(datetime(year, month, 1, tzinfo=zone), following)
    day = datetime(year, month, int(match["day"]), tzinfo=zone)
    if match["clock"] is None:
        return _utc(day, day + timedelta(days=1))
    hour, minute, second = (int(part) for part in (match["clock"][:8] + ":00").split(":")[:3])
    moment = day.replace(hour=hour, minute=minute, second=second)
    return _utc(moment, moment)


def _utc(start: datetime, end: datetime) -> When:
    return When(start.astimezone(UTC), end.astimezone(UTC))
