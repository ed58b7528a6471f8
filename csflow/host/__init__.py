"""Many live conversations for real: stores, an outbox, timers that survive, people who decide."""

from csflow.host.acts import Served
from csflow.host.health import Health
from csflow.host.host import Host
from csflow.host.logs import JsonFormatter
from csflow.host.outbox import Channel, Outgoing

__all__ = ["Channel", "Health", "Host", "JsonFormatter", "Outgoing", "Served"]
