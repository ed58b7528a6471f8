"""A host's log as JSON lines with keys that stay, personal data masked."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Collection

from csflow.host.masking import masked
from csflow.spec import PERSONAL

EXTRA = ("conversation", "flow", "version", "kind", "state", "worker")
"""What a record may say beside its message."""


class JsonFormatter(logging.Formatter):
    """Formats records as `{"time", "level", "logger", "message"}`, with `conversation` and other facts where a record has them.

    Texts are masked as the store profile's `privacy.mask` says, or all kinds of personal data; `error` is the traceback.
    """

    def __init__(self, mask: Collection[str] = PERSONAL) -> None:
        super().__init__()
        self.mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        data = {"time": at.isoformat(), "level": record.levelname.lower(), "logger": record.name}
        data["message"] = masked(record.getMessage(), self.mask)
        data |= {name: masked(str(value), self.mask) for name in EXTRA if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            data["error"] = masked(self.formatException(record.exc_info), self.mask)
        return json.dumps(data, ensure_ascii=False)
