"""Bytes that nobody should send, and ways to spoil good ones."""

from __future__ import annotations

import io
import json
import random
import zipfile
from functools import cache
from itertools import pairwise

MEGABYTE = 1_000_000
WORDS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e308", b"-1e308", b"1e999", b"-0", b"9" * 5_000,
    b"0x10", b"1_0", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\r", b'"', b"'''",
    b"[" * 200,
    b"{" * 200, b"../../../etc/passwd", b"/dev/zero", b"2020-02-30", b"0000-00-00T99:99:99Z",
    b"9999-12-31T23:59:59+23:59", b"0001-01-01T00:00:00-23:59", b"null", b"true", b"[]", b"{}",
    b"-1", b"181", b"1e-320", b"%s%n", b"$(id)", b"<!--", b"&amp;", b"\xed\xa0\x80", b"\\ud800",
    "Ｏ６０".encode(), "٣".encode(), "−5".encode(), b"[red]x[/red]", b"\x1b[2J",
)  # fmt: skip
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + ']><kml><Document><name>&i;</name></Document></kml>'
)  # fmt: skip
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
)


@cache
def contents() -> dict[str, bytes]:
    """Return hostile contents, whatever file they are put into, by what they are."""
    deep = 100_000
    ring = [[124 + k / 1e6, 30 + (k % 7) / 1e6] for k in range(200_000)]
    return {
        "nothing": b"",
        "one NUL": b"\0",
        "spaces": b" " * MEGABYTE,
        "new lines": b"\n" * MEGABYTE,
        "a mark alone": b"\xef\xbb\xbf",
        "UTF-16": "a = 1".encode("utf-16"),
        "broken UTF-8": b"a = \xff\xfe",
        "a lone surrogate": b'{"a": "\\ud800"}',
        "noise": random.Random(1).randbytes(10_000),
        "deep lists": b"[" * deep + b"]" * deep,
        "deep values": b"a = " + b"[" * deep + b"]" * deep,
        "deep tables": b"a." * deep + b"a = 1",
        "deep objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "deep elements": b"<a>" * deep + b"</a>" * deep,
        "deep features": b'{"type":"FeatureCollection","features":' + b"[" * deep + b"]" * deep,
        "a long number": b'{"a": ' + b"9" * 100_000 + b"}",
        "a long TOML number": b"a = " + b"9" * 100_000,
        "a long line": b"a" * 5 * MEGABYTE,
        "a long field": b'id,start,lon,lat\n"' + b"x" * 300_000 + b'",2020-01-02,1,2\n',
        "an open quote": b'id,start,lon,lat\n"a,2020-01-02,1,2\n' * 1_000,
        "many columns": b"a," * 300_000 + b"\n" + b"1," * 300_000,
        "many rows": b"id,start,lon,lat\n" + b"a,2020-01-02,124,30\n" * 20_000,
        "many keys": b"".join(b"k%d = 1\n" % k for k in range(20_000)),
        "many tables": b"[[a]]\n" * 20_000,
        "a million corners": json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"id": "a", "name": "a", "rule": "closed", "source": "x"},
                        "geometry": {"type": "Polygon", "coordinates": [[*ring * 5, ring[0]]]},
                    }
                ],
            }
        ).encode(),
        "billion laughs": LAUGHS.encode(),
        "an entity from outside": OUTSIDE.encode(),
        "a zip bomb": bomb(),
        "a zip of nothing": zipped({}),
        "a zip that climbs out": zipped({"../../evil.kml": b"<kml/>"}),
        "a broken SQLite": b"SQLite format 3\0" + bytes(100),
        "a program": b"#!/bin/sh\nid\n",
        "a pickle": b"cos\nsystem\n(S'id'\ntR.",
    }


def bomb() -> bytes:
    """Return a KMZ of 100 kB that holds 100 MB."""
    return zipped({"doc.kml": b"<kml>" + b" " * 100 * MEGABYTE})


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files in a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def spoilt(good: bytes, luck: random.Random) -> bytes:
    """Return a good file's bytes with one to four random changes."""
    data = bytearray(good)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(data) + 1)
        length = int(luck.choice((0, 1, 4, 20, 200)) * luck.random())
        match luck.randrange(5):
            case 0:
                data[at : at + 1] = bytes([luck.randrange(256)])
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * luck.randint(1, 5)
            case 3:
                data[at : at + length] = luck.choice(WORDS)
            case _:
                _exchange(data, at, luck)
    return bytes(data)


def _exchange(data: bytearray, at: int, luck: random.Random) -> None:
    """Put another word where a number or a quoted text stands."""
    breaks = b' \t\n,:=[]{}<>"'
    first = at
    while first > 0 and data[first - 1] not in breaks:
        first -= 1
    last = at
    while last < len(data) and data[last] not in breaks:
        last += 1
    data[first:last] = luck.choice(WORDS)
