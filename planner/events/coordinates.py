"""Read a position however people write it, and refuse what could mean two places."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from pyproj import Proj

Axis = Literal["lon", "lat"]

LIMIT = {"lon": 180.0, "lat": 90.0}
LONGEST = 100
_SIDES = {"lon": "EW", "lat": "NS"}
_PLAIN = str.maketrans(
    dict.fromkeys("−–", "-")
    | dict.fromkeys("º˚度", "°")
    | dict.fromkeys("’‘′ʹ`´分", "'")
    | dict.fromkeys("”“″ʺ秒", '"')
    | {"，": ",", "\u3000": " "}
)
_JAPANESE = {"北緯": "N", "南緯": "S", "東経": "E", "西経": "W"}
_NUMBER = r"\d{1,12}(?:\.\d{0,40})?"
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d{1,40})?e[+-]\d{1,3}")
_ANGLE = re.compile(
    rf"(?P<sign>[+-])?\s*(?P<degrees>{_NUMBER})\s*(?P<mark>°)?"
    rf"(?:[\s-]*(?<=[°\s-])(?P<minutes>{_NUMBER})\s*(?P<minute_mark>')?"
    rf"(?:[\s-]*(?<=['\s-])(?P<seconds>{_NUMBER})\s*(?P<second_mark>\"|'')?)?)?"
)
_MGRS = re.compile(r"(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])(\d*)")
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")


class CoordinateError(ValueError):
    """
    A text that is no position, or may be more than one.

    Parameters
    ----------
    expected
        What should stand there.
    ambiguous
        Whether the text is a coordinate, but one that can be read in several ways.
    """

    def __init__(self, expected: str, *, ambiguous: bool = False) -> None:
        self.expected = expected
        self.ambiguous = ambiguous
        super().__init__(f"expected {expected}")


def angle(text: str, axis: Axis) -> float:
    r"""
    Read a longitude or a latitude.

    Parameters
    ----------
    text
        Decimal degrees, degrees and minutes, or degrees, minutes and seconds, with a sign or a
        hemisphere letter before or after; a decimal comma will do.
    axis
        Which of the two it is.

    Returns
    -------
    degrees
        In [-180, 180] or [-90, 90]; east and north positive.

    Raises
    ------
    CoordinateError
        When the text is no angle, is out of range or can be read in several ways.

    Examples
    --------
    >>> angle("31.204", "lat"), angle("124° 05.82' E", "lon"), angle("31°12'14.4\"S", "lat")
    (31.204, 124.097, -31.204)
    >>> angle("31 12 13", "lat")
    Traceback (most recent call last):
    ...
    planner.events.coordinates.CoordinateError: expected marks that tell 31°12'13" from 31°12.13'
    """
    if _SCIENTIFIC.fullmatch(text.strip()):
        return _in_range(float(text), axis)
    side, plain = _side(_plain(text), axis)
    match = _ANGLE.fullmatch(_decimal_point(plain))
    if match is None:
        msg = f"a {_name(axis)} such as {_example(axis)}"
        raise CoordinateError(msg)
    value = _degrees(match, marked=side is not None)
    if match["sign"] and side:
        msg = "a sign or a hemisphere letter, not both"
        raise CoordinateError(msg, ambiguous=True)
    value = -value if match["sign"] == "-" or (side and side in "SW") else value
    return _in_range(value, axis)


def position(text: str) -> tuple[float, float]:
    """
    Read a whole position: MGRS, or two angles of which it is plain which is which.

    Returns
    -------
    lon, lat
        In degrees.

    Raises
    ------
    CoordinateError
        When the text is no position or can be read in several ways.

    Examples
    --------
    >>> position("31°12.24'N 124°05.82'E")
    (124.097, 31.204)
    >>> position("31.204, 124.097")  # 124 can only be a longitude
    (124.097, 31.204)
    >>> lon, lat = position("4Q FJ 12345 67890")
    >>> round(lon, 3), round(lat, 3)
    (-157.916, 21.41)
    >>> position("31.2, 24.1")
    Traceback (most recent call last):
    ...
    planner.events.coordinates.CoordinateError: expected N or S and E or W, which tell latitude from longitude
    """  # noqa: E501
    plain = _plain(text)
    if _MGRS.fullmatch(re.sub(r"\s", "", plain)):
        return mgrs(text)
    parts = _halves(plain)
    if parts is None:
        msg = "one latitude and one longitude, such as 31°12.24'N 124°05.82'E, or MGRS"
        raise CoordinateError(msg)
    first, second = parts
    if re.search("[NSEW]", plain):
        lat, lon = parts if re.search("[NS]", first) else (second, first)
        return angle(lon, "lon"), angle(lat, "lat")
    return _unnamed(first, second)


def mgrs(text: str) -> tuple[float, float]:
    """
    Read a Military Grid Reference System position, and return the middle of its square.

    Source of the lettering: NGA.STND.0037 (2014), universal grids, chapter 3.

    Returns
    -------
    lon, lat
        In degrees.

    Raises
    ------
    CoordinateError
        When the text is no grid reference, is coarser than 10 km, or names a square that its zone
        does not have.

    Examples
    --------
    >>> lon, lat = mgrs("18SUJ2337106519")  # the Jefferson Pier
    >>> round(lon, 3), round(lat, 3)
    (-77.037, 38.89)
    """
    match = _MGRS.fullmatch(re.sub(r"\s", "", _plain(text)))
    if match is None or len(match[5]) % 2 or not 2 <= len(match[5]) <= 10:
        msg = "a grid reference of 2 to 10 digits, such as 51R VQ 12345 67890"
        raise CoordinateError(msg)
    zone, band, column, row, digits = int(match[1]), match[2], match[3], match[4], match[5]
    if not 1 <= zone <= 60 or column not in _COLUMNS[zone % 3]:
        msg = f"a square of a zone between 1 and 60; zone {zone} has no column {column}"
        raise CoordinateError(msg)
    half = len(digits) // 2
    size_m = 10.0 ** (5 - half)
    easting = 1e5 * (_COLUMNS[zone % 3].index(column) + 1) + (int(digits[:half]) + 0.5) * size_m
    square = 1e5 * ((_ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % 20)
    return _from_grid(zone, band, easting, square + (int(digits[half:]) + 0.5) * size_m)


def _from_grid(zone: int, band: str, easting: float, northing: float) -> tuple[float, float]:
    """Return lon, lat of the one northing, modulo 2,000 km, that lies in the latitude band."""
    south = -80.0 + 8 * _BANDS.index(band)
    north = 84.0 if band == "X" else south + 8
    offset = 1e7 if band < "N" else 0.0
    for cycle in range(6):
        lon, lat = _utm(zone)(easting, northing + 2e6 * cycle - offset, inverse=True)
        # A square at the edge of a band may stick out of it by up to its own 100 km.
        if south - 1 <= lat <= north + 1:
            return round(float(lon), 9), round(float(lat), 9)
    msg = f"a square that meets latitude band {band}"
    raise CoordinateError(msg)


@cache
def _utm(zone: int) -> Proj:
    return Proj(proj="utm", zone=zone, ellps="WGS84")


def _plain(text: str) -> str:
    """Return the text in capitals with plain marks."""
    if len(text) > LONGEST:
        msg = f"at most {LONGEST} characters"
        raise CoordinateError(msg)
    for word, letter in _JAPANESE.items():
        text = text.replace(word, letter)
    return text.translate(_PLAIN).strip().upper()


def _side(text: str, axis: Axis) -> tuple[str | None, str]:
    """Take the hemisphere letter off an angle."""
    letters = re.findall("[NSEW]", text)
    if not letters:
        return None, text
    if letters[0] not in _SIDES[axis]:
        msg = f"a {_name(axis)}, with {' or '.join(_SIDES[axis])}"
        raise CoordinateError(msg)
    if len(letters) > 1 or letters[0] not in (text[0], text[-1]):
        msg = f"one letter {' or '.join(_SIDES[axis])}, before or after the angle"
        raise CoordinateError(msg)
    return letters[0], text.strip(letters[0] + " ")


def _decimal_point(text: str) -> str:
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _degrees(match: re.Match[str], *, marked: bool) -> float:
    """Add up degrees, minutes and seconds, unless their meaning must be guessed."""
    degrees, minutes, seconds = match["degrees"], match["minutes"], match["seconds"]
    if minutes is None:
        return float(degrees)
    if seconds is not None and not (match["minute_mark"] or match["second_mark"]):
        whole = f"{degrees}°{minutes}'{seconds}\""
        msg = f"marks that tell {whole} from {degrees}°{minutes}.{seconds}'"
        raise CoordinateError(msg, ambiguous=True)
    if not (marked or match["mark"]):
        msg = f"a hemisphere letter or marks: {degrees}°{minutes}' or {degrees}.{minutes}°"
        raise CoordinateError(msg, ambiguous=True)
    if "." in degrees or (seconds is not None and "." in minutes):
        msg = "a fraction in the last part alone"
        raise CoordinateError(msg, ambiguous=True)
    if float(minutes) >= 60 or float(seconds or 0) >= 60:
        msg = "minutes and seconds below 60"
        raise CoordinateError(msg)
    return round(float(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600, 12)


def _in_range(value: float, axis: Axis) -> float:
    if abs(value) > LIMIT[axis]:
        msg = f"a {_name(axis)} from {-LIMIT[axis]:g} to {LIMIT[axis]:g}"
        raise CoordinateError(msg)
    return value


def _halves(text: str) -> tuple[str, str] | None:
    """Split a position into its two angles, where it is plain where one ends."""
    sided = re.fullmatch(r"([NSEW][^NSEW]+)[,;/\s]*([NSEW][^NSEW]+)", text) or re.fullmatch(
        r"([^NSEW]+[NSEW])[,;/\s]*([^NSEW]+[NSEW])", text
    )
    if sided:
        return sided[1].strip(" ,;/"), sided[2].strip(" ,;/")
    for separator in (r"\s*[;/]\s*", r"\s*,\s+", r"\s*,\s*", r"\s+"):
        parts = re.split(separator, text)
        if len(parts) == 2:
            return parts[0], parts[1]
        if len(parts) > 2:
            return None
    return None


def _unnamed(first: str, second: str) -> tuple[float, float]:
    """Read two angles without hemispheres, of which one is too large for a latitude."""
    one, other = angle(first, "lon"), angle(second, "lon")
    if abs(one) <= 90 and abs(other) <= 90:
        msg = "N or S and E or W, which tell latitude from longitude"
        raise CoordinateError(msg, ambiguous=True)
    lon, lat = (one, other) if abs(one) > 90 else (other, one)
    return lon, _in_range(lat, "lat")


def _name(axis: Axis) -> str:
    return "longitude" if axis == "lon" else "latitude"


def _example(axis: Axis) -> str:
    return "124.097 or 124°05.82'E" if axis == "lon" else "31.204 or 31°12.24'N"
