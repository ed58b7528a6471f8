"""Finds a price under the floor: a step of a bargain and a member's cut, each fine alone. `pytest` runs `TestTeaShop`."""

from pathlib import Path

import csflow
from csflow.testing import machine

flow = csflow.load(Path(__file__).parent / "tea_shop")


def sold_over_the_cost(moment):
    price = moment.fact("price.offer") - 10_00 * moment.fact("granted.member_cut")
    return price >= moment.fact("tea.cost")


TestTeaShop = machine(flow, invariants=[sold_over_the_cost], save=None).TestCase


def main():
    try:
        TestTeaShop("runTest").runTest()
    except AssertionError as failure:
        print(failure)


if __name__ == "__main__":
    main()
