"""Identifiers that sort by the time of their making."""

from uuid import UUID

from chatbox.kernel.ids import new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_id()

    assert type(made) is UUID
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_ids_sort_in_the_order_of_their_making_and_none_comes_twice() -> None:
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(set(made))
