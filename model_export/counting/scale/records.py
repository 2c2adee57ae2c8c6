"""Lines of text as records: layouts and calendar of `model_export.counting.weblog`, as expressions."""

from __future__ import annotations

from typing import Any

import ibis

from model_export.counting.fields import BETWEEN, PLAIN, RESERVED, Layout
from model_export.counting.reading import Format
from model_export.counting.scale.workshop import Dialect
from model_export.counting.weblog import EPA, LONGEST_HOST, MONTHS, NCSA

_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def cut(lines: Any, layout: Layout, dialect: Dialect, names: tuple[str, ...]) -> Any:
    """Each line's `number`, whether it `fits` the layout or is `blank`, and its fields by `names`.

    Fields still wear their masks, which `Layout.unmasked` takes off.
    """
    masked = lines.text
    for text, mask in layout.masks:
        masked = masked.replace(text, mask)
    for text in {text[0] for text, _ in layout.masks}:
        # Few lines have anything to mask, and to look is cheaper than to replace.
        masked = ibis.ifelse(lines.text.contains(text), masked, lines.text)
    reserved = lines.text.contains(RESERVED[0])
    for mask in RESERVED[1:]:
        reserved |= lines.text.contains(mask)
    # One pass of one regular expression a line, whatever the number of fields.
    joined = masked.re_replace(rf"(?s)\A(?:{layout.pattern})\z", layout.replacement(dialect.reference))
    joined = lines.select(
        "number", blank=lines.text == "", joined=ibis.ifelse(reserved | lines.text.isnull(), "", joined)
    )
    fits = joined.joined.contains(BETWEEN)
    # Lines that do not fit get empty fields: engines differ in what the third of no fields is.
    fields = ibis.ifelse(fits, joined.joined, BETWEEN * (len(names) - 1)).split(BETWEEN)
    split = joined.select("number", "blank", fits=fits, parts=fields)
    named = {name: split.parts[at] for at, name in enumerate(names)}
    return split.select("number", "fits", blank=split.blank.fill_null(ibis.literal(False)), **named)


def _unmasked(text: Any, layout: Layout) -> Any:
    for _, mask in layout.masks:
        text = ibis.ifelse(text.contains(mask), text.replace(mask, PLAIN[mask]), text)
    return text


def requests(lines: Any, format_: Format, dialect: Dialect) -> Any:
    """Each line's `number`, `fits`, `blank`, `host`, `at`, `is_get`, `raw` path and `agent`.

    `at` is in seconds since an epoch of the log's own; `raw` and `agent` still wear their masks.
    Fields of lines that do not fit mean nothing.
    """
    layout = layout_of(format_)
    names = ("host", "stamp", "method", "raw", "status", "agent")
    fields = cut(lines, layout, dialect, names)
    host = _unmasked(fields.host, layout)
    at, is_time = _ncsa_time(fields.stamp) if format_ is Format.NCSA else _epa_time(fields.stamp)
    is_success = fields.status.between("200", "299") | (fields.status == "304")
    return fields.select(
        "number",
        "blank",
        "raw",
        "agent",
        host=host,
        fits=fields.fits & (host.length() <= LONGEST_HOST) & is_time,
        at=at,
        is_get=(fields.method == "GET") & is_success,
    )


def layout_of(format_: Format) -> Layout:
    """The layout of a log's lines."""
    return NCSA if format_ is Format.NCSA else EPA


def _number(text: Any, start: int, length: int) -> Any:
    return text.substr(start, length).try_cast("int64").fill_null(0)


def _epa_time(stamp: Any) -> tuple[Any, Any]:
    days, hours, minutes, seconds = (_number(stamp, start, 2) for start in (0, 3, 6, 9))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds, ibis.literal(True)


def _ncsa_time(stamp: Any) -> tuple[Any, Any]:
    """Seconds since 1970 by the calendar's own arithmetic: no engine's clock or time zone has a say."""
    day, year, hour = _number(stamp, 0, 2), _number(stamp, 7, 4), _number(stamp, 12, 2)
    minute, second = _number(stamp, 15, 2), _number(stamp, 18, 2)
    zone = _number(stamp, 22, 2) * 60 + _number(stamp, 24, 2)
    name = stamp.substr(3, 3)
    is_leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    month = ibis.cases(*((name == text, at) for at, text in enumerate(MONTHS, start=1)), else_=0)
    before = ibis.cases(
        *((name == text, days) for text, days in zip(MONTHS, _DAYS_BEFORE, strict=True)), else_=0
    )
    leap = ibis.ifelse(is_leap, 1, 0)
    length = ibis.cases(
        (month == 2, 28 + leap), (month.isin([4, 6, 9, 11]), ibis.literal(30, "int64")), else_=31
    )
    last = year - 1
    days = 365 * year + last // 4 - last // 100 + last // 400 + before + day
    days = days + ibis.ifelse(month > 2, leap, 0) - _EPOCH_DAYS
    second = ibis.least(second, ibis.literal(59, "int64"))
    at = days * 86_400 + hour * 3600 + minute * 60 + second
    at = at + ibis.ifelse(stamp.substr(21, 1) == "-", 1, -1) * zone * 60
    is_time = (month > 0) & (day >= 1) & (day <= length) & (hour <= 23) & (minute <= 59) & (zone < 24 * 60)
    return at, is_time


# What the sum above makes of 1 January 1970.
_EPOCH_DAYS = 365 * 1970 + 1969 // 4 - 1969 // 100 + 1969 // 400 + 1
