"""Numbers as Chinese customers write them: 一百八, 1.5万, 两千五."""

from decimal import Decimal

DIGITS = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ROUGHLY = {"一两", "一二", "两三", "二三", "三四", "三五", "四五", "五六", "六七", "七八", "八九"}
_GROUPS = {"万": 10**4, "亿": 10**8}
_SUFFIXES = {"万": 10**4, "千": 10**3, "k": 10**3, "w": 10**4}


def number(text: str) -> Decimal:
    """The value of Arabic or Chinese figures such as `1,200`, `1.5万`, `半`, `两千五`, `二点五`."""
    if text == "半":
        return Decimal("0.5")
    if text[0] in "0123456789":
        return _arabic(text.replace(",", ""))
    whole, _, fraction = text.partition("点")
    return Decimal(f"{chinese(whole)}.{_figures(fraction) or 0}")


def _arabic(text: str) -> Decimal:
    if text[-1] in _SUFFIXES:
        return Decimal(text[:-1]) * _SUFFIXES[text[-1]]
    return Decimal(text)


def _figures(text: str) -> str:
    return "".join(str(DIGITS[letter]) for letter in text)


def chinese(text: str) -> int:
    """The value of Chinese figures; a last digit right after 百, 千 or 万 counts tens, hundreds, thousands; 两三 is 3."""
    if text in _ROUGHLY:
        return DIGITS[text[1]]
    if all(letter in DIGITS for letter in text):
        return int(_figures(text))
    total = section = digit = 0
    unit = 1
    for letter in text:
        if letter in DIGITS:
            digit = DIGITS[letter]
            unit = unit if digit else 1
        elif letter in _UNITS:
            unit = _UNITS[letter]
            section, digit = section + (digit or 1) * unit, 0
        else:
            unit = _GROUPS[letter]
            total, section, digit = (total + section + digit or 1) * unit, 0, 0
    return total + section + digit * (unit // 10 if unit >= 100 else 1)


def plain(value: Decimal) -> str:
    """Decimal text without exponent and without idle zeros: `180`, `62.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
