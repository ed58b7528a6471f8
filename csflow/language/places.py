"""Names that mean the same in every shop: provinces with their cities, colours; and addresses."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

_SHADES = (
    "红 酒红 玫红 粉红 枣红 橙 橘 黄 米黄 鹅黄 绿 墨绿 军绿 草绿 果绿 青 藏青 蓝 天蓝 深蓝 浅蓝 宝蓝 湖蓝 藏蓝 "
    "紫 浅紫 深紫 黑 白 米白 奶白 本白 灰 深灰 浅灰 银 金 粉 藕粉 棕 褐 咖啡 咖 驼 卡其 杏 米 肉 裸 香槟"
)
_PLAIN = "红黄绿青蓝紫黑白灰粉"
_HAN = "[\u4e00-\u9fff]"
_HOUSE = re.compile("[0-9一二三四五六七八九十](?:号|弄|栋|幢|座|单元|室|楼|层)")
_ADDRESS = re.compile(
    rf"(?:{_HAN}{{0,8}}(?:地址|是|到|成|为|在|寄|送|发))?"
    rf"(?P<place>(?:{_HAN}{{2,9}}(?:省|市|区|县|州|镇|乡|村)){{0,5}}{_HAN}{{1,8}}(?:路|街|道|巷|弄|镇|乡|村|小区|花园|公寓|大厦|广场|家园|苑|大学|学院)"
    rf"(?:{_HAN}|[0-9a-z#-]){{0,12}}?[0-9一二三四五六七八九十]{{1,5}}(?:号|弄|栋|幢|座|单元|室|楼|层)"
    rf"(?:[-0-9a-z一二三四五六七八九十]{{1,5}}(?:号|栋|幢|座|单元|室|楼|层)?){{0,4}})"
)


@cache
def known_names() -> Mapping[str, Mapping[str, str]]:
    """Surface forms by entity type: a region's or a city's name means its province, a colour is named with 色."""
    return {"region": _regions(), "colour": _colours()}


def _regions() -> dict[str, str]:
    lines = Path(__file__).with_name("regions.txt").read_text("utf-8").split("\n")
    return {name: places[0] for places in map(str.split, lines) if places for name in places}


def _colours() -> dict[str, str]:
    """A shade of two characters needs no 色 where it ends in a colour: 酒红, but 红色 and 咖啡色."""
    bare = {shade: f"{shade}色" for shade in _SHADES.split() if len(shade) > 1 and shade[-1] in _PLAIN}
    return bare | {f"{shade}色": f"{shade}色" for shade in _SHADES.split()}


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where a normalised text names a street or an estate with a number."""
    if _HOUSE.search(text):
        yield from (found.span("place") for found in _ADDRESS.finditer(text))
