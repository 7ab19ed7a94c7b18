"""Texts in the caller's language: which language that is, and what a code says in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from chatbox.kernel.errors import Param

LANGUAGES = ("en", "zh-CN")
DEFAULT_LANGUAGE = "en"
_LONGEST_HEADER = 500


def negotiate(accept_language: str | None) -> str:
    """The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4); English when none fits."""
    wishes: list[tuple[float, int, str]] = []
    for position, item in enumerate((accept_language or "")[:_LONGEST_HEADER].split(",")):
        tag, _, parameters = item.strip().partition(";")
        wishes.append((-_quality(parameters), position, tag.strip().lower()))
    for weight, _, tag in sorted(wishes):
        if weight == 0:
            continue
        if tag == "zh" or tag.startswith("zh-"):
            return "zh-CN"
        if tag == "en" or tag.startswith("en-"):
            return "en"
    return DEFAULT_LANGUAGE


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text of the server, by language and key."""

    by_language: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls) -> "Texts":
        folder = files("chatbox") / "locales"
        # The first file is the page's too; what only the server says would be dead weight there.
        kinds = (folder, folder / "server")
        return cls(
            {
                name: {
                    key: text
                    for kind in kinds
                    for key, text in _flatten(json.loads((kind / f"{name}.json").read_text("utf-8"))).items()
                }
                for name in LANGUAGES
            }
        )

    def say(self, key: str, language: str, params: Mapping[str, Param] | None = None) -> str:
        """The text for `key` with `{name}` places filled; an unknown key is returned as it is."""
        texts = self.by_language.get(language, self.by_language[DEFAULT_LANGUAGE])
        text = texts.get(key) or self.by_language[DEFAULT_LANGUAGE].get(key, key)
        for name, value in (params or {}).items():
            text = text.replace("{" + name + "}", str(value))
        return text


def _flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = str(value)
    return flat
