"""Cursors of lists: opaque, and refused when they are not ours."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbox.sessions.cursor import read_cursor, write_cursor
from chatbox.sessions.errors import BadCursor

_MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))


@given(_MOMENTS, st.uuids())
def test_a_cursor_is_read_as_it_was_written(moment: datetime, row_id: UUID) -> None:
    assert read_cursor(write_cursor(moment, row_id)) == (moment, row_id)


@given(_MOMENTS, st.uuids())
def test_a_cursor_can_stand_in_an_address(moment: datetime, row_id: UUID) -> None:
    cursor = write_cursor(moment, row_id)
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(cursor)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(BadCursor):
        read_cursor(write_cursor(datetime(2026, 1, 1), UUID(int=1)))  # noqa: DTZ001 - the fault that is meant
