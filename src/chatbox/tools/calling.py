"""Calls what a model asked for, all at once; whatever goes wrong becomes an answer that the model can read."""

import asyncio
from collections.abc import Mapping

import msgspec

from chatbox.kernel.log import EventLog
from chatbox.providers.port import ToolCall
from chatbox.tools.port import Tool, ToolContext, ToolOutput, ToolRefused

CALL_SECONDS = 30.0
# In bytes of UTF-8: what is stored, sent to everyone who watches, and sent to the model.
LARGEST_RESULT = 50_000
_CUT = "\n[The rest was cut: ask for less at once.]"

_log = EventLog("chatbox.tools")


async def call_tool(
    tools: Mapping[str, Tool], call: ToolCall, context: ToolContext, *, seconds: float = CALL_SECONDS
) -> ToolOutput:
    """The answer to one call, an error among them; it takes so many `seconds` at most and never raises."""
    tool = tools.get(call.name)
    if tool is None:
        offered = ", ".join(sorted(tools)) or "none"
        return ToolOutput(f"There is no tool of this name. The tools are: {offered}.", is_error=True)
    try:
        arguments = _arguments(call)
        async with asyncio.timeout(seconds):
            output = await tool.call(context, arguments)
    except ToolRefused as refusal:
        return ToolOutput(str(refusal), is_error=True)
    except TimeoutError:
        return ToolOutput(f"The tool did not answer within {seconds:.0f} seconds.", is_error=True)
    except Exception as error:  # noqa: BLE001 - a tool that breaks must not take the answer with it
        _log.error("tool failed", tool=call.name, session_id=context.session_id, exc_info=error)
        return ToolOutput("The tool failed.", is_error=True)
    return ToolOutput(cut(output.text, context.most_characters), output.is_error)


def cut(text: str, most_characters: int) -> str:
    """`text`, or as much of it as fits into so many characters and `LARGEST_RESULT`, and a word that it was cut."""
    data = text.encode()
    if len(text) <= most_characters and len(data) <= LARGEST_RESULT:
        return text
    shortened = data[: LARGEST_RESULT - len(_CUT)].decode(errors="ignore")
    return shortened[: max(0, most_characters - len(_CUT))] + _CUT


def _arguments(call: ToolCall) -> dict[str, object]:
    """Raises `ToolRefused`. No arguments at all are none, as some models write it."""
    if not call.arguments.strip():
        return {}
    try:
        arguments: object = msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ToolRefused("The arguments are not JSON. Call the tool again with a JSON object.") from error
    if not isinstance(arguments, dict):
        raise ToolRefused("The arguments are not a JSON object. Call the tool again with one.")
    return arguments
