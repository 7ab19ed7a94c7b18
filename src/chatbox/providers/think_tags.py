"""Tells reasoning from answer where a model writes its reasoning into the text, between `<think>` tags.

Local models (DeepSeek R1 and its distillations, QwQ, Qwen 3, Magistral) do so behind servers that do not part the two.
"""

from typing import Literal

_OPEN = "<think>"
_CLOSE = "</think>"

Kind = Literal["text", "reasoning"]


class ThinkTagSplitter:
    """Parts one answer. Only tags at the very start count: a model that explains `<think>` later is not thinking.

    Once the reasoning ended, or the answer did not begin with it, `is_open` turns false: from then on all is text and
    the splitter need not be asked. Line feeds right after a tag belong to the tag.
    """

    __slots__ = ("_held", "_is_after_tag", "_place", "is_open")

    def __init__(self) -> None:
        self.is_open = True
        self._place: Literal["before", "inside", "after"] = "before"
        self._is_after_tag = False
        self._held = ""

    def split(self, piece: str) -> list[tuple[Kind, str]]:
        """What is certain by now. The end of a piece that may be half a tag is held back until the next."""
        held = self._held + piece
        self._held = ""
        if self._place == "before":
            start = held.lstrip()
            if not start.startswith(_OPEN):
                return self._undecided(held, start)
            self._place, self._is_after_tag = "inside", True
            held = start[len(_OPEN) :]
        thoughts, held = self._think(held) if self._place == "inside" else ("", held)
        answer = self._skip_line_feeds(held) if self._place == "after" else ""
        self.is_open = not answer
        return [*_some("reasoning", thoughts), *_some("text", answer)]

    def rest(self) -> list[tuple[Kind, str]]:
        """What was held back when the answer ended."""
        held, self._held = self._held, ""
        self.is_open = False
        return _some("reasoning" if self._place == "inside" else "text", held)

    def _undecided(self, held: str, start: str) -> list[tuple[Kind, str]]:
        if _OPEN.startswith(start):
            self._held = held
            return []
        self.is_open = False
        return [("text", held)]

    def _think(self, held: str) -> tuple[str, str]:
        """The reasoning that is certain, and the answer that follows it."""
        thoughts, mark, answer = self._skip_line_feeds(held).partition(_CLOSE)
        if mark:
            self._place, self._is_after_tag = "after", True
            return thoughts, answer
        keep = next((size for size in range(len(_CLOSE) - 1, 0, -1) if thoughts.endswith(_CLOSE[:size])), 0)
        certain = len(thoughts) - keep
        self._held = thoughts[certain:]
        return thoughts[:certain], ""

    def _skip_line_feeds(self, text: str) -> str:
        if self._is_after_tag:
            text = text.lstrip("\n")
            self._is_after_tag = not text
        return text


def _some(kind: Kind, text: str) -> list[tuple[Kind, str]]:
    return [(kind, text)] if text else []
