"""One structured line per thing that happened, as JSON on standard error; never message text, never a secret."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_SECRET_IN_URL = re.compile(r"((?:token|api_key|key|access_token|ticket)=)[^&\s\"'\\]+", re.IGNORECASE)
_LONGEST_VALUE = 2000


def redact(text: str) -> str:
    """`text` with the values of token-like query parameters replaced."""
    return _SECRET_IN_URL.sub(r"\1[redacted]", text)


class JsonLine(logging.Formatter):
    """Formats a record as one JSON object; `extra={"fields": {...}}` adds keys to it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "name": record.name,
            "event": record.getMessage()[:_LONGEST_VALUE],
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)[-4 * _LONGEST_VALUE :]
        return redact(json.dumps(line, default=str, ensure_ascii=False))


def set_up_logging(level: str) -> None:
    """Send every log line of the process to standard error in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in ("uvicorn.error", "alembic", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


class EventLog:
    """A logger whose lines are an event name and fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: object) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, *, exc_info: BaseException | None = None, **fields: object) -> None:
        self._logger.warning(event, extra={"fields": fields}, exc_info=exc_info)

    def error(self, event: str, *, exc_info: BaseException | None = None, **fields: object) -> None:
        self._logger.error(event, extra={"fields": fields}, exc_info=exc_info)
