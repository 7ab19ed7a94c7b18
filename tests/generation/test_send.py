"""Sending a message and getting its answer."""

from tests.support.app import Person


async def test_a_message_is_answered(ann: Person) -> None:
    session = await ann.session()

    answer = await ann.ask(session["id"], "one two three")

    assert answer["content_parts"] == [{"type": "text", "text": "one two three"}]
    assert answer["status"] == "complete"
