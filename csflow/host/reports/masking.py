"""Texts of customers as a report may show them: what could be a number, an address or a name in contact data is hidden."""

from __future__ import annotations

import re

SECRET = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # a mail address
    r"|(?:https?://|www\.)\S+"
    r"|[A-Za-z]*\d[\dA-Za-z -]{3,}\d[A-Za-z]*"  # a phone, order, parcel or card number
    r"|(?<=叫)[\u4e00-\u9fff]{2,3}|(?<=收件人)[：:\s]*[\u4e00-\u9fff]{2,4}"
    r"|[\u4e00-\u9fff]{1,8}(?:路|街|道|巷|弄|村|小区|镇)[\u4e00-\u9fff\d]{0,6}\d+\s*[号栋幢座单元室楼弄-]+[\d号栋幢座单元室楼-]*"
)
HIDDEN = "•••"
MOST = 80


def masked(text: str) -> str:
    """Return a text on one line, cut to 80 characters, with numbers, addresses and links hidden."""
    shown = SECRET.sub(HIDDEN, " ".join(text.split()))
    return shown if len(shown) <= MOST else shown[: MOST - 1] + "…"
