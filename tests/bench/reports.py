"""What a report and the archive cost: `python -m tests.bench.reports [--conversations 100000] [--keep FILE]`.

Weeks of a shop's life are led through a host, then copied under other ids and at later times until there are as many
conversations as asked for, on SQLite and, where it is installed, PostgreSQL. Seconds of this process's processor and in all;
nothing here is asserted.
"""

import argparse
import asyncio
import datetime
import resource
import time
from contextlib import contextmanager

import sqlalchemy as sa

from csflow import load
from csflow.host import schema
from csflow.host.archive import PARTS, Wanted, export, search
from csflow.host.reports import report
from csflow.host.schema import Moment
from csflow.host.store import Store
from tests.bench.durable import databases
from tests.host.weeks import fill

APART = 19 * 3600 * 1_000_000
"""Microseconds between two copies."""
NAMES = ("id", "conversation", "customer", "key", "lane")


def copy(connection, table, ids, number):
    """Copy the rows of conversations under other ids."""
    own = table.c.id if table is schema.conversation else table.c.conversation
    wanted = sa.select(*(_copied(column, number) for column in table.c)).where(own.in_(ids))
    connection.execute(table.insert().from_select(list(table.c.keys()), wanted))


def _copied(column, number):
    if column.name in NAMES:
        return sa.literal(f"#{number}_") + column
    return sa.type_coerce(column, sa.BigInteger) + number * APART if isinstance(column.type, Moment) else column


@contextmanager
def measured(what):
    """Print how long something takes."""
    began, wall = time.process_time(), time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    own, all_ = time.process_time() - began, time.perf_counter() - wall
    print(f"{what:30} {own:8.1f} s of {all_:6.1f} s  {peak:6} MB at most", flush=True)


def measure(url, wanted):
    """Fill a store, and print what reading it costs."""
    flow = load("retail_zh")
    asyncio.run(fill(url, flow, customers=200))
    store = Store(url)
    with store.begin() as connection:
        ids = connection.scalars(sa.select(schema.conversation.c.id)).all()
        for number in range(1, -(-wanted // len(ids))):
            for table in (schema.conversation, *PARTS):
                copy(connection, table, ids, number)
    with store.reading() as connection:
        sizes = [connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in (schema.conversation, schema.event)]
        print(f"{sizes[0]:,} conversations, {sizes[1]:,} events in {store.shown}", flush=True)
        month = datetime.datetime(2027, 3, 1, tzinfo=flow.profile.zone)
        with measured("report on a month"):
            report(connection, flow=flow, since=month, until=month + datetime.timedelta(days=31))
        with measured("report on all"):
            report(connection, flow=flow)
        with measured("search for words"):
            search(connection, Wanted(text="收件人"))
        with measured("search for an order"):
            search(connection, Wanted(order="MY20261123044"))
        with measured("export of a month"):
            sum(1 for _ in export(connection, Wanted(since=month, until=month + datetime.timedelta(days=31))))
    store.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--keep", metavar="FILE", help="keep the SQLite file there")
    asked = parser.parse_args()
    for kind, fresh_url in databases():
        measure(f"sqlite:///{asked.keep}" if asked.keep and kind == "SQLite" else fresh_url(), asked.conversations)


if __name__ == "__main__":
    main()
