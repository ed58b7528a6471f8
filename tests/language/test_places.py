"""Regions, colours and addresses."""

import pytest

from csflow.language.places import addresses, known_names


def test_regions() -> None:
    """All provinces are there, and a city means its province."""
    regions = known_names()["region"]
    assert len(set(regions.values())) == 34
    assert all(regions[province] == province for province in regions.values())
    assert (regions["成都"], regions["乌鲁木齐"], regions["北京"]) == ("四川", "新疆", "北京")


def test_colours() -> None:
    """A colour is named with 色; what is no colour by itself needs it."""
    colours = known_names()["colour"]
    assert (colours["酒红"], colours["酒红色"], colours["咖啡色"]) == ("酒红色", "酒红色", "咖啡色")
    assert colours.keys().isdisjoint({"红", "咖啡", "金"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("地址是西湖区文三路12号3单元502室，谢谢", ["西湖区文三路12号3单元502室"]),
        ("改到阳光花园3栋1202", ["阳光花园3栋1202"]),
        ("文三路12号，不要寄到中山街5号", ["文三路12号", "中山街5号"]),
        ("一路上走了3天", []),
        ("2号楼门口", []),
        ("20号能到吗", []),
    ],
)
def test_addresses(text: str, expected: list[str]) -> None:
    """A street or an estate with a number is an address, without what leads to it."""
    assert [text[start:end] for start, end in addresses(text)] == expected
