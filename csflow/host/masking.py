"""Personal data in texts, masked for people who are not in charge: tables of what is recognised, and pure functions."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from csflow.spec import PERSONAL

STARS = "****"
_GAP = r"[ \-‐–.·]?"
_ALONE, _END = r"(?<![0-9A-Za-z０-９])", r"(?![0-9A-Za-z０-９])"
_NAMED = re.compile(r"(?:单号|订单|运单|快递|编号|流水|货号|款号|order|parcel|no\.?|#)[号码是为:：\s#]{0,4}$", re.IGNORECASE)
"""What stands before the number of an order, a parcel or an article, which is no personal data by itself."""
_WIDE = str.maketrans("０１２３４５６７８９－＠．＋", "0123456789-@.+")

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
CARD_ID = re.compile(rf"{_ALONE}(?:\d{{6}}(?:18|19|20)\d{{9}}[0-9Xx]|\d{{6}} (?:18|19|20)\d{{6}} \d{{3}}[0-9Xx]|\d{{15}}){_END}")
BANK = re.compile(rf"{_ALONE}(?:\d{{16,19}}|\d{{4}}(?:[ -]\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?){_END}")
MOBILE = re.compile(rf"{_ALONE}(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}{_END}")
LANDLINE = re.compile(rf"{_ALONE}(?:\(0\d{{2,3}}\)|（0\d{{2,3}}）|0\d{{2,3}}{_GAP})[2-8]\d{{6,7}}(?:{_GAP}转\d{{1,5}})?{_END}")
_NUMERAL = r"[0-9一二三四五六七八九十百零〇A-Za-z]{1,6}"
ADDRESS = re.compile(
    r"(?:路|街|大道|巷|弄|胡同|村|镇|乡|小区|花园|公寓|广场|苑)[东西南北中]? ?"
    rf"(?:{_NUMERAL}(?:号楼|号院|号|弄|栋|幢|座|楼|层|单元|室|户)(?:之{_NUMERAL})?[ \-－]?)+(?:\d{{1,5}}室?)?"
)
NAME = re.compile(r"[\u4e00-\u9fff0-9]{0,10}$")
AREA = re.compile(r".*(?:自治区|[省市区县旗盟州])")
"""What stands before a street's name, and of that what may be told."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def masked(text: str, kinds: Collection[str] = PERSONAL) -> str:
    """Return a text with personal data of some kinds masked: enough is left to tell two apart, too little to use.

    Mobile and landline numbers keep three or four digits at each end, cards the last four, ID cards two at each end, mail
    addresses a letter and the domain, street addresses what stands before the street. Numbers of orders and parcels stay.
    """
    if not any(mark in text for mark in _MARKS) and not any(char.isdecimal() for char in text):
        return text
    plain = text.translate(_WIDE)  # each letter by one, so that places agree
    for kind in PERSONAL:
        if kind in kinds:
            for start, end, shown in reversed(list(_FIND[kind](plain))):
                text, plain = (whole[:start] + shown + whole[end:] for whole in (text, plain))
    return text


def masked_data(data: Any, kinds: Collection[str] = PERSONAL) -> Any:
    """Return plain data with all texts in it masked, keys too where they are more than names."""
    if isinstance(data, str):
        return masked(data, kinds)
    if isinstance(data, Mapping):
        return {masked(str(key), kinds): masked_data(value, kinds) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [masked_data(value, kinds) for value in data]
    return data


_MARKS = ("@", "号", "路", "街", "室")
Found = Iterator[tuple[int, int, str]]


def _emails(text: str) -> Found:
    for match in EMAIL.finditer(text):
        name, _, domain = match[0].partition("@")
        yield match.start(), match.end(), f"{name[0]}{STARS}@{domain}"


def _id_cards(text: str) -> Found:
    for match in CARD_ID.finditer(text):
        digits = match[0].replace(" ", "")
        if is_id_card(digits) and not _is_named(text, match.start()):
            yield match.start(), match.end(), f"{digits[:2]}{STARS}{digits[-2:]}"


def is_id_card(digits: str) -> bool:
    """Tell whether digits are those of a Chinese ID card: province, date of birth and, where there are 18, the check digit."""
    born = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}"
    if not ("11" <= digits[:2] <= "91" and _is_date(born)):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return len(digits) == 15 or "10X98765432"[total % 11] == digits[17].upper()


def _is_date(text: str) -> bool:
    try:
        return 1850 < datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).year < 2100
    except ValueError:
        return False


def _bank_cards(text: str) -> Found:
    for match in BANK.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if is_bank_card(digits) and not _is_named(text, match.start()):
            yield match.start(), match.end(), f"{STARS}{digits[-4:]}"


def is_bank_card(digits: str) -> bool:
    """Tell whether digits are those of a bank card: an issuer that there is, and Luhn's sum."""
    if digits[:2] not in ("62", "60", "34", "37", "35", "30", "36") and digits[0] not in "45":
        return False
    turned = [int(digit) for digit in reversed(digits)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in turned[1::2]]
    return (sum(turned[::2]) + sum(doubled)) % 10 == 0


def _phones(text: str) -> Found:
    for pattern, head in ((MOBILE, 3), (LANDLINE, 4)):
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match[0])
            digits = digits.removeprefix("0086").removeprefix("86") if head == 3 else digits
            if not _is_named(text, match.start()):
                yield match.start(), match.end(), f"{digits[:head]}{STARS}{digits[-4:] if head == 3 else digits[-2:]}"


def _addresses(text: str) -> Found:
    done = 0
    for match in ADDRESS.finditer(text):
        name = NAME.search(text, max(done, match.start() - 10), match.start())
        area = AREA.match(name[0]) if name else None
        done = match.end()
        yield match.start() - (len(name[0]) if name else 0) + (area.end() if area else 0), done, STARS


def _is_named(text: str, start: int) -> bool:
    """Tell whether the words before a number say that it is an order's, a parcel's or an article's."""
    return _NAMED.search(text, max(start - 12, 0), start) is not None


_FIND: Mapping[str, Callable[[str], Found]] = {
    "email": _emails, "id_card": _id_cards, "bank_card": _bank_cards, "phone": _phones, "address": _addresses,
}  # fmt: skip
