"""What an OpenAI client sent → what a model is asked. Pure: nothing is fetched, nothing is stored."""

import binascii
import mimetypes
from base64 import b64decode
from collections.abc import Iterable, Sequence
from uuid import UUID

from chatbox.kernel.outbound import AddressJudge, OutboundRefused
from chatbox.openai_api.errors import BadImage, ToolResultWithoutCall
from chatbox.openai_api.schemas import CalledTool, CompletionWish, ContentPart, Message
from chatbox.providers.models import Resolved
from chatbox.providers.port import (
    ChatRequest,
    Image,
    ModelMessage,
    Part,
    ReasoningEffort,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSpec,
)

LONGEST_IMAGE_ADDRESS = 8192

_IMAGE_DATA = "data:image/"
_BASE64 = ";base64"
_UNKNOWN_IMAGE = "image/jpeg"
# `reasoning_content` is how OpenAI-compatible providers tell reasoning and, some of them, want it back.
_REASONING_CONTENT_KIND = "openai"
_NO_PARAMETERS = {"type": "object", "properties": {}}
_EFFORTS: dict[str, ReasoningEffort] = {
    "none": "off",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def read_messages(said: Sequence[Message], judge: AddressJudge) -> list[ModelMessage]:
    """The conversation in the port's words. Raises `BadImage`, `ToolResultWithoutCall`."""
    names_of_calls: dict[str, str] = {}
    messages: list[ModelMessage] = []
    for place, message in enumerate(said):
        where = f"messages[{place}]"
        content = _content(message.content, f"{where}.content", judge)
        names_of_calls |= {call.id: call.function.name for call in message.tool_calls}
        if message.role == "tool":
            call_id = message.tool_call_id or ""
            if call_id not in names_of_calls:
                raise ToolResultWithoutCall(param=f"{where}.tool_call_id")
            messages.append(ModelMessage("tool", (ToolResult(call_id, names_of_calls[call_id], content),)))
        elif message.role == "assistant":
            messages.append(ModelMessage("assistant", (*_thoughts(message), *content, *_calls(message.tool_calls))))
        else:
            messages.append(ModelMessage("user" if message.role == "user" else "system", content))
    return messages


def build_request(
    wish: CompletionWish, messages: Sequence[ModelMessage], model: Resolved, person_id: UUID
) -> ChatRequest:
    """The request for the model that the wish named."""
    return ChatRequest(
        endpoint=model.endpoint,
        model=model.info.name,
        messages=messages,
        tools=_tools(wish),
        max_tokens=wish.max_completion_tokens or wish.max_tokens,
        temperature=wish.temperature,
        top_p=wish.top_p,
        stop=wish.stop,
        reasoning=_EFFORTS[wish.reasoning_effort] if wish.reasoning_effort else None,
        user_key=str(person_id),
    )


def _tools(wish: CompletionWish) -> list[ToolSpec]:
    """The tools on offer. No provider of ours can be forced to call one, so a named one is made the only one."""
    choice = wish.tool_choice
    if choice is not None and choice.type == "none":
        return []
    only = choice.function.name if choice is not None and choice.function is not None else None
    functions = [tool.function for tool in wish.tools if only is None or tool.function.name == only]
    return [ToolSpec(offer.name, offer.description or "", offer.parameters or _NO_PARAMETERS) for offer in functions]


def _thoughts(message: Message) -> Iterable[Part]:
    if message.reasoning_content:
        yield Thinking(message.reasoning_content, provider_kind=_REASONING_CONTENT_KIND)


def _calls(calls: Iterable[CalledTool]) -> Iterable[Part]:
    for call in calls:
        google = call.extra_content.google if call.extra_content else None
        signature = google.thought_signature if google else None
        yield ToolCall(call.id, call.function.name, call.function.arguments, signature)


def _content(parts: Iterable[ContentPart], where: str, judge: AddressJudge) -> tuple[Text | Image, ...]:
    return tuple(_part(part, f"{where}[{place}]", judge) for place, part in enumerate(parts))


def _part(part: ContentPart, where: str, judge: AddressJudge) -> Text | Image:
    if part.type != "image_url":
        return Text(part.text or part.refusal or "")
    url = part.image_url.url if part.image_url else ""
    image = _inline_image(url) or _distant_image(url, judge)
    if image is None:
        raise BadImage(param=f"{where}.image_url.url")
    return image


def _inline_image(url: str) -> Image | None:
    """The picture in a `data:` URL, or None if there is none."""
    head, _, payload = url.partition(",")
    head = head.lower()
    if not (head.startswith(_IMAGE_DATA) and head.endswith(_BASE64)):
        return None
    try:
        data = b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Image(head.removeprefix("data:").partition(";")[0], data=data) if data else None


def _distant_image(url: str, judge: AddressJudge) -> Image | None:
    """A picture that the provider will fetch; one inside our network must not be sent to another machine there."""
    if len(url) > LONGEST_IMAGE_ADDRESS:
        return None
    try:
        checked = judge.check_url(url)
    except OutboundRefused:
        return None
    if checked.scheme != "https":
        return None
    guessed = mimetypes.guess_type(checked.path)[0] or _UNKNOWN_IMAGE
    return Image(guessed if guessed.startswith("image/") else _UNKNOWN_IMAGE, url=url)
