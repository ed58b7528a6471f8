"""What all conversations add up to, read for the few turns that give what is limited; others waits until it is stored."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from csflow.events import Turn
from csflow.flow import Flow
from csflow.host import schema
from csflow.host.acts import Logged, play
from csflow.host.books import Page, Row
from csflow.host.customerfile import marketing_days, refuses, sends_marketing
from csflow.snapshot import NOTHING, Snapshot
from csflow.tally import NO_TALLY, Tally

LOCK = 7269136
"""The lock under which limited grants are counted and given, in a database that hosts share."""
_G = schema.given.c


def played(
    connection: sa.Connection, page: Page, row: Row, flow: Flow, before: Snapshot, event: Logged, now: datetime.datetime
) -> tuple[Turn, Tally]:
    """Return what an event leads to, with the tally that it was judged by.

    A limit can only undo what a rule gives. So a turn that gives nothing limited stands as it is, without a look at other
    conversations; one that does is taken again with the counts, and nobody else gives the like before it is stored.
    """
    turn = play(flow, before, event, now)
    limited = {effect.name for effect in turn.effects if effect.type == "grant"} & flow.profile.limits.grants.keys()
    marketing = sends_marketing(flow, event, turn)
    if not limited and not marketing:
        return turn, NO_TALLY
    file = page.files.get(row.customer, NOTHING)
    days = marketing_days(file, but=row.id) if marketing else ()
    grants = _grants(connection, page, row, flow, limited, now) if limited else NOTHING
    tally = Tally(grants, days, marketing and refuses(file))
    return play(flow, before, event, now, tally), tally


def _grants(
    connection: sa.Connection, page: Page, row: Row, flow: Flow, names: Collection[str], now: datetime.datetime
) -> dict[str, tuple[int, int]]:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    today = _midnight(flow, now)
    counted = connection.execute(_counted(row.customer, today, names))
    stored = {name: (mine, day) for name, mine, day in counted.all()}
    return {name: _with_page(page, row.customer, today, name, stored.get(name, (0, 0))) for name in names}


def _midnight(flow: Flow, now: datetime.datetime) -> datetime.datetime:
    return datetime.datetime.combine(now.astimezone(flow.profile.zone).date(), datetime.time(0), flow.profile.zone)


def _counted(customer: str, today: datetime.datetime, names: Collection[str]) -> sa.Select[Any]:
    mine, fresh = _G.customer == customer, _G.at >= today
    return sa.select(_G.name, _count(mine), _count(fresh)).where(_G.name.in_(names), mine | fresh).group_by(_G.name)


def _count(test: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((test, 1), else_=0))


def _with_page(page: Page, customer: str, today: datetime.datetime, name: str, stored: tuple[int, int]) -> tuple[int, int]:
    """Add what the same transaction gave and has not written yet."""
    given = [grant for grant in page.inserts.get(schema.given, ()) if grant["name"] == name]
    mine = sum(grant["customer"] == customer for grant in given)
    return stored[0] + mine, stored[1] + sum(grant["at"] >= today for grant in given)
