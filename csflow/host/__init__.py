"""Many live conversations for real: stores, an outbox, timers that survive, people who decide."""

from csflow.host.actions import Action
from csflow.host.acts import Served
from csflow.host.health import Health
from csflow.host.host import Host
from csflow.host.logs import JsonFormatter
from csflow.host.outbox import Channel, Outgoing
from csflow.host.timers import Alarm, Keeper, TimerBackend

__all__ = [
    "Action", "Alarm", "Channel", "Health", "Host", "JsonFormatter", "Keeper", "Outgoing", "Served", "TimerBackend",
]  # fmt: skip
