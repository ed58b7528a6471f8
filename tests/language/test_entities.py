"""Figures and names in messages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.language.dates import DateSpan
from csflow.language.entities import Entities, Span, as_type
from csflow.language.normalise import normalise

READER = Entities({"colour": {"酒红": "wine", "红": "red"}, "product": {"365天台历": "calendar"}}, 100)
FOUND = [
    ("180元卖不卖", [("money", 18000)]),
    ("180块行吗", [("money", 18000)]),
    ("一百八拿走", [("money", 18000)]),
    ("25块5两双", [("money", 2550), ("count", 2)]),
    ("要25块2件", [("money", 2500), ("count", 2)]),
    ("标价¥99.9", [("money", 9990)]),
    ("how about $20", [("money", 2000)]),
    ("预算1.5万", [("money", 1500000)]),
    ("便宜五毛", [("money", 50)]),
    ("给我三个", [("count", 3)]),
    ("2件包邮吗", [("count", 2)]),
    ("两双袜子", [("count", 2)]),
    ("180的还有吗", [("number", "180")]),
    ("三百行不行", [("number", "300")]),
    ("打八折", [("percent", 8000)]),
    ("85折可以吗", [("percent", 8500)]),
    ("八五折", [("percent", 8500)]),
    ("少了20%", [("percent", 2000)]),
    ("等了三天", [("duration", 259200)]),
    ("2小时能到吗", [("duration", 7200)]),
    ("用了半年", [("duration", 15768000)]),
    ("一个半小时", [("duration", 5400)]),
    ("in 3 days", [("duration", 259200)]),
    ("明天能发吗", [("date", DateSpan(days=1))]),
    ("11月3号下的单", [("date", DateSpan(month=11, day=3))]),
    ("下周一到", [("date", DateSpan(weekday=0, weeks=1))]),
    ("电话13812345678", [("phone", "13812345678")]),
    ("单号SF1234567890123", [("tracking_no", "SF1234567890123")]),
    ("订单296412345678", [("order_no", "296412345678")]),
    ("身高180cm", [("length_cm", 180)]),
    ("我1米8", [("length_cm", 180)]),
    ("我一米七五", [("length_cm", 175)]),
    ("宽1米05", [("length_cm", 105)]),
    ("120斤穿什么码", [("weight_kg", "60")]),
    ("125斤", [("weight_kg", "62.5")]),
    ("60公斤", [("weight_kg", "60")]),
    ("[图片x]坏了", [("image", "[图片x]")]),
    ("看 https://shop.example/1?a=2,3 这款", [("link", "https://shop.example/1?a=2,3")]),
    ("[订单编号:[订单x]，订单金额:[金额x]]", [("order_no", "[订单x]")]),
    ("订单[订单x]退了", [("order_no", "[订单x]")]),
    ("咨询订单号:[订单x] 下单时间:[日期x] 商品ID:[数字x] 能开票吗", [("order_no", "[订单x]")]),
    ("咨询订单号:296412345678 商品ID:10012", [("order_no", "296412345678")]),
    ("订单编号：A29641234，谢谢", [("order_no", "a29641234")]),
    ("打[电话x]", [("phone", "[电话x]")]),
    ("收货地址[地址x]", [("address", "[地址x]")]),
    ("商品ID:10012", [("mask", "商品id:10012")]),
    ("好哒(*^▽^*)", [("mask", "(*^▽^*)")]),
    ("太慢了>_<", [("mask", ">_<")]),
    ("先问下（红色）", [("colour", "red")]),
    ("80一袋", [("money", 8000), ("count", 1)]),
    ("120两件行不行", [("money", 12000), ("count", 2)]),
    ("20多块", [("money", 2000)]),
    ("两三天", [("duration", 259200)]),
    ("七八个", [("count", 8)]),
    ("第二件半价", [("percent", 5000)]),
    ("寄到绵阳", [("region", "四川")]),
    ("送到杭州市西湖区文三路12号3单元", [("region", "浙江"), ("address", "杭州市西湖区文三路12号3单元")]),
    ("新安县南京路8号", [("address", "新安县南京路8号")]),
    ("一直在路上3天了", [("duration", 259200)]),
    ("要L码的", [("size", "L")]),
    ("鞋子42码有吗，42.5码呢", [("size", "42"), ("size", "42.5")]),
    ("2XL还有没有", [("size", "2XL")]),
    ("xxl的拍两件", [("size", "XXL"), ("count", 2)]),
    ("有均码吗", [("size", "均码")]),
    ("excel里写着142码", [("number", "142")]),
    ("深灰的有吗", [("colour", "深灰色")]),
    ("酒红色的", [("colour", "wine")]),
    ("咖啡洒了能洗掉吗", []),
    ("大理石能擦吗", []),
    ("酒红两件", [("colour", "wine"), ("count", 2)]),
    ("365天台历有吗", [("product", "calendar")]),
    ("十分满意", []),
    ("随便看一下", []),
    ("iphone15有货吗", []),
    ("你好", []),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_reads(text: str, expected: list[tuple[str, object]]) -> None:
    """Each entity has its type and plain value; words that only look like figures are none."""
    assert [(span.type, span.value) for span in READER.read(normalise(text).text)] == expected


def test_minor_units() -> None:
    """Money counts minor units, of which a currency has as many as it has."""
    assert Entities({}, 1).read("180元")[0].value == 180


BARE = [("money", 18050), ("count", 181), ("length_cm", 181), ("weight_kg", "180.5"), ("number", "180.5"), ("date", "180.5")]


@pytest.mark.parametrize(("kind", "value"), BARE)
def test_bare_number_as(kind: str, value: object) -> None:
    """A bare number takes the type of a figure that is asked for, and no other."""
    assert as_type(Span(0, 5, "number", "180.5"), kind, 100).value == value


@given(st.text("0123456789一二三十百千万半个元块米斤折月号天/-.%,[]¥ax", max_size=40))
def test_spans_are_apart(text: str) -> None:
    """Any heap of figures is read without error, into places in order that do not overlap."""
    spans = READER.read(normalise(text).text)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(span.start < span.end for span in spans)
