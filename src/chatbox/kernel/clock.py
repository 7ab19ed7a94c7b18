"""The time of day, in one place, and as something that can be passed in so that a test can let a month go by."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)
