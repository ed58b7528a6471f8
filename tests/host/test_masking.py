"""Personal data in texts: what is masked, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csflow.host.masking import is_bank_card, is_id_card, masked, masked_data

ID = "11010519491231002X"
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我电话13812345678，加一下", "我电话138****5678，加一下"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("8613812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("021-58881234", "0215****34"),
        ("(0571)8888123", "0571****23"),
        (f"身份证{ID}", "身份证11****2X"),
        ("110105 19491231 002X", "11****2X"),
        ("130503670401001", "13****01"),
        (f"卡号{CARD}", "卡号****0128"),
        ("6222 0212 3456 7890 128", "****0128"),
        ("4111 1111 1111 1111", "****1111"),
        ("发到zhang.san+a@mail.example.com", "发到z****@mail.example.com"),
        ("上海市浦东新区张江路88号3号楼502室", "上海市浦东新区****"),
        ("寄到杭州市西湖区文三路 12号", "寄到杭州市西湖区****"),
        ("我住朝阳区幸福小区3号楼2单元501", "我住朝阳区****"),
        ("中山大道西293号", "****"),
        ("两个号13812345678和13987654321", "两个号138****5678和139****4321"),
    ],
)
def test_personal_data_is_masked(text: str, expected: str) -> None:
    """Of each kind so much is left that two can be told apart, and nobody can be called."""
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "订单号13812345678",
        "单号：13812345678",
        "订单20261103123456789",
        "运单 6222021234567890128",
        "快递SF1381234567890",
        "京东订单 286543210987654321",
        "order 13812345678",
        "13812345678901",
        "110105194912310021",  # the check digit is wrong
        "6222021234567890129",  # Luhn's sum is wrong
        "两件185元，满200包邮",
        "1号发货可以吗",
        "那条路不好走",
        "下午3点到5点，11月3号",
        "a@b",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    """Orders, parcels, amounts, dates and what fails its check digit are no personal data."""
    assert masked(text) == text


def test_only_what_the_shop_names_is_masked() -> None:
    """The store profile may name fewer kinds."""
    assert masked("13812345678 a@qq.com", ["email"]) == "13812345678 a****@qq.com"


def test_data_is_masked_all_through() -> None:
    """Texts in lists and maps, and keys that are texts of customers, are masked; numbers and flags stay."""
    data = {"13812345678": ["a@qq.com", {"x": ("13812345678", 5, True, None)}]}
    assert masked_data(data) == {"138****5678": ["a****@qq.com", {"x": ["138****5678", 5, True, None]}]}


@given(st.text("0123456789 -号路室单@.aX１８上海市区幸福", max_size=80))
def test_masking_is_done_once(text: str) -> None:
    """Whatever the text, masking ends, and what is masked is not masked further."""
    once = masked(text)
    assert masked(once) == once


@given(st.integers(0, 9), st.integers(0, 10**8 - 1))
def test_every_mobile_number_is_found(second: int, rest: int) -> None:
    """No mobile number that exists stands there whole."""
    number = f"1{3 + second % 7}{second}{rest:08d}"
    assert number not in masked(f"打{number}找我")


@given(st.integers(0, 17), st.integers(1, 9))
def test_a_wrong_digit_is_no_card(place: int, more: int) -> None:
    """Each check digit notices one wrong digit."""
    for digits, check in ((ID, is_id_card), (CARD, is_bank_card)):
        assert check(digits)
        if digits[place].isdigit():
            assert not check(f"{digits[:place]}{(int(digits[place]) + more) % 10}{digits[place + 1 :]}")
