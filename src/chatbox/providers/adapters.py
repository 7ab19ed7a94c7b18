"""Builds the adapter of every kind of provider; only the composition root needs it."""

from collections.abc import Mapping

from chatbox.providers.anthropic import Anthropic
from chatbox.providers.gemini import Gemini
from chatbox.providers.http import ProviderHttp
from chatbox.providers.ollama import OllamaNative
from chatbox.providers.openai import OpenAIChat
from chatbox.providers.port import ChatModel
from chatbox.providers.responses import OpenAIResponses


def build_adapters(http: ProviderHttp) -> Mapping[str, ChatModel]:
    """One adapter a kind, all over the same connections; they keep no state of their own."""
    return {
        "openai": OpenAIChat(http),
        "openai-responses": OpenAIResponses(http),
        "anthropic": Anthropic(http),
        "gemini": Gemini(http),
        "ollama": OllamaNative(http),
    }
