"""Every HTTP adapter beside the wire that it speaks, so that one suite can run them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from tests.support.upstreams import frames_anthropic, frames_gemini, frames_ollama, frames_openai, frames_responses
from tests.support.upstreams.wires import Wire

from chatbox.providers.anthropic import Anthropic
from chatbox.providers.anthropic_stream import AnthropicAnswer
from chatbox.providers.gemini import Gemini
from chatbox.providers.gemini_stream import GeminiAnswer
from chatbox.providers.http import ProviderHttp
from chatbox.providers.ollama import OllamaNative
from chatbox.providers.ollama_stream import OllamaAnswer
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.openai_stream import OpenAIAnswer
from chatbox.providers.port import ChatModel, Finished, ModelError, ModelEvent, ReasoningDelta, TextDelta, ToolCallDone
from chatbox.providers.responses import OpenAIResponses
from chatbox.providers.responses_stream import ResponsesAnswer
from chatbox.providers.wire import AnswerReader


def numbered() -> Callable[[], str]:
    """Call ids that can be foretold."""
    numbers = count()
    return lambda: f"made_{next(numbers)}"


@dataclass(frozen=True)
class Adapter:
    """`keeps_ids`, `filters` and `counts_parts` say what the provider's protocol has at all."""

    wire: Wire
    make: Callable[[ProviderHttp], ChatModel]
    read: Callable[[], AnswerReader]
    keeps_ids: bool = True
    filters: bool = True
    counts_parts: bool = True


ADAPTERS = (
    Adapter(frames_openai.WIRE, OpenAIChat, lambda: OpenAIAnswer(numbered())),
    Adapter(frames_responses.WIRE, OpenAIResponses, ResponsesAnswer),
    Adapter(frames_anthropic.WIRE, Anthropic, AnthropicAnswer),
    Adapter(
        frames_gemini.WIRE,
        lambda http: Gemini(http, call_ids=numbered()),
        lambda: GeminiAnswer(numbered()),
        keeps_ids=False,
    ),
    Adapter(
        frames_ollama.WIRE,
        lambda http: OllamaNative(http, call_ids=numbered()),
        lambda: OllamaAnswer(numbered()),
        keeps_ids=False,
        filters=False,
        counts_parts=False,
    ),
)
WIRES = tuple(adapter.wire for adapter in ADAPTERS)


@dataclass
class Heard:
    """What came out of one stream: its events, and the error that ended it, if one did."""

    events: list[ModelEvent] = field(default_factory=list)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def signatures(self) -> list[str]:
        found = (event.signature for event in self.events if isinstance(event, ReasoningDelta))
        return [signature for signature in found if signature is not None]

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        found = [event.call for event in self.events if isinstance(event, ToolCallDone)]
        return [(call.id, call.name, call.arguments) for call in found]

    @property
    def finished(self) -> Finished:
        """The closing event, which must be there once and last."""
        endings = [event for event in self.events if isinstance(event, Finished)]
        assert len(endings) == 1
        assert self.events[-1] is endings[0]
        return endings[0]

    @property
    def failed(self) -> ModelError:
        """The error, which must be there instead of a closing event."""
        assert self.error is not None
        assert not [event for event in self.events if isinstance(event, Finished)]
        return self.error
