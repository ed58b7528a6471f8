"""Reports on the conversations of a store: what happened in a period, as tables."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from csflow.flow import Flow
from csflow.host.reports import ledgers, queries
from csflow.host.reports.period import BY, Period, microseconds
from csflow.host.reports.service import FollowUps, People, replies_of, response_tables
from csflow.host.reports.story import Tell, stories
from csflow.host.reports.tables import Cell, Column, Table
from csflow.host.reports.talks import Course, Funnel, Heard, Outcomes

__all__ = ["BY", "Cell", "Column", "Period", "Report", "Table", "report"]


class Report(NamedTuple):
    """What happened in a period: `tables` in the order in which they are read; `made` is the time of the report."""

    period: Period
    made: datetime.datetime
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        return next(table for table in self.tables if table.name == name)


def report(
    connection: sa.Connection,
    *,
    flow: Flow | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    by: str = "day",
    now: datetime.datetime | None = None,
    tell: Tell | None = None,
) -> Report:
    """Return the report on a period, of all that is stored if left open; `await host.look(report)` in a host.

    Args:
        connection: a transaction that reads, as `Host.look` and `Store.reading` give it.
        flow: only conversations of this flow count; days are those of its shop, and it knows what a follow-up is for.
        since: the first moment that counts.
        until: the first moment that counts no more.
        by: `day`, `week` (from Monday) or `month`: the parts of the course.
        now: the time, for what is overdue; without a flow its zone says whose days.
        tell: is told how many events of how many are read.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    name, zone = (flow.name, flow.profile.zone) if flow else (None, now.tzinfo or datetime.UTC)
    period = _period(connection, name, Period(since or now, until or now, zone, by), opens=since is None, ends=until is None)
    return Report(period, now, tuple(_tables(connection, period, name, flow, now, tell)))


def _period(connection: sa.Connection, flow: str | None, asked: Period, *, opens: bool, ends: bool) -> Period:
    """Return the period asked for; where an end is open, as far as there is something."""
    first, last = queries.span(connection, flow)
    since = (first or asked.since) if opens else asked.since
    until = (last + datetime.timedelta(microseconds=1) if last else asked.until) if ends else asked.until
    return asked._replace(since=since, until=max(since, until))


def _tables(
    connection: sa.Connection, period: Period, name: str | None, flow: Flow | None, now: datetime.datetime, tell: Tell | None
) -> Iterator[Table]:
    course, funnel, outcomes, heard, people = Course(period), Funnel(), Outcomes(), Heard(), People()
    follow_ups = FollowUps(_marketing(flow))
    for story in stories(connection, period, name, tell):
        for figure in (course, funnel, outcomes, heard, people, follow_ups):
            figure.add(story)
    for figure in (course, funnel, outcomes, heard):
        yield from figure.tables()
    yield from response_tables(replies_of(queries.answers(connection, period, name)), people.waits)
    yield from people.tables()
    yield ledgers.approvals(queries.approvals(connection, period, name), microseconds(now))
    yield ledgers.promises(queries.promises(connection, period, name, now))
    yield ledgers.grants(queries.grants(connection, period, name))
    yield from ledgers.records(queries.records(connection, period, name))
    yield from follow_ups.tables()


def _marketing(flow: Flow | None) -> set[str] | None:
    return None if flow is None else {name for name, found in flow.spec.follow_ups.items() if found.spec.purpose == "marketing"}
