"""Parts grow from the pieces that come in, in the order that they come."""

from chatbox.generation.parts_builder import PartsBuilder


def test_text_grows_in_one_part() -> None:
    parts = PartsBuilder()
    for piece in ("Be", "cau", "se"):
        parts.text(piece)

    assert parts.build() == [{"type": "text", "text": "Because"}]


def test_whatever_comes_between_begins_a_new_part() -> None:
    parts = PartsBuilder()
    parts.text("a")
    parts.reasoning("b")
    parts.text("c")
    parts.push({"type": "info", "code": "note", "params": {}})
    parts.text("d")

    assert [part["type"] for part in parts.build()] == ["text", "reasoning", "text", "info", "text"]


def test_a_signature_closes_its_block() -> None:
    parts = PartsBuilder()
    parts.reasoning("one ")
    parts.reasoning("two", "sig", "anthropic")
    parts.reasoning("three")

    assert parts.build() == [
        {"type": "reasoning", "text": "one two", "signature": "sig", "provider": "anthropic"},
        {"type": "reasoning", "text": "three"},
    ]


def test_text_goes_on_in_what_it_starts_with() -> None:
    parts = PartsBuilder([{"type": "text", "text": "The first "}])
    parts.text("half")

    assert parts.build() == [{"type": "text", "text": "The first half"}]


def test_reasoning_does_not_go_on_in_what_it_starts_with() -> None:
    parts = PartsBuilder([{"type": "reasoning", "text": "old"}])
    parts.reasoning("new")

    assert parts.build() == [{"type": "reasoning", "text": "old"}, {"type": "reasoning", "text": "new"}]


def test_what_it_starts_with_stays_as_it_was() -> None:
    start = [{"type": "text", "text": "The first "}]
    parts = PartsBuilder(start)
    parts.text("half")
    parts.build()

    assert start == [{"type": "text", "text": "The first "}]


def test_what_was_built_does_not_change_any_more() -> None:
    parts = PartsBuilder()
    parts.text("a")
    early = parts.build()
    parts.text("b")

    assert early == [{"type": "text", "text": "a"}]
    assert parts.build() == [{"type": "text", "text": "ab"}]


def test_a_result_stands_where_its_call_stands() -> None:
    parts = PartsBuilder()
    call = {"type": "tool-call", "toolCallId": "c1", "toolName": "clock", "args": {}, "state": "call"}
    parts.push(call)
    parts.text("Meanwhile")
    parts.set_tool_result("c1", "result", {"now": 12})
    parts.set_tool_result("nobody", "result", 1)

    assert parts.build() == [{**call, "state": "result", "result": {"now": 12}}, {"type": "text", "text": "Meanwhile"}]
    assert call["state"] == "call"


def test_text_after_a_result_goes_on_in_its_part() -> None:
    parts = PartsBuilder()
    parts.push({"type": "tool-call", "toolCallId": "c1", "toolName": "clock", "args": {}, "state": "call"})
    parts.text("Mean")
    parts.set_tool_result("c1", "result", 1)
    parts.text("while")

    assert parts.build()[-1] == {"type": "text", "text": "Meanwhile"}
