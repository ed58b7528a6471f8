"""Texts of customers as a report may show them: personal data masked, and what else could tell who it was hidden."""

from __future__ import annotations

import re

from csflow.host.masking import masked as masked_data_in

TELLING = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|[A-Za-z]*\d[\dA-Za-z -]{3,}\d[A-Za-z]*"  # the number of an order, a parcel or anything else
    r"|(?<=叫)[\u4e00-\u9fff]{2,3}|(?<=收件人)[：:\s]*[\u4e00-\u9fff]{2,4}"
    r"|[\u4e00-\u9fff]{1,8}(?:路|街|道|巷|弄|村|小区|镇)[\u4e00-\u9fff\d]{0,6}\d+\s*[号栋幢座单元室楼弄-]+[\d号栋幢座单元室楼-]*"
)
HIDDEN = "•••"
MOST = 80


def masked(text: str) -> str:
    """Return a text on one line, cut to 80 characters, with personal data, numbers, names and links hidden."""
    shown = TELLING.sub(HIDDEN, masked_data_in(" ".join(text.split())))
    return shown if len(shown) <= MOST else shown[: MOST - 1] + "…"
