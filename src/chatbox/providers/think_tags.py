"""Tells reasoning from answer where a model writes its reasoning into the text, between `<think>` tags.

Local models (DeepSeek R1 and its distillations, QwQ, Qwen 3, Magistral) do so behind servers that do not part the two.
"""

from typing import Literal

from chatbox.providers.joiner import DeltaJoiner

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkTagSplitter:
    """Parts the text of one answer and hands both kinds to a joiner.

    Only tags at the very start count: a model that explains `<think>` later is not thinking. Once the reasoning ended,
    or the answer did not begin with it, `is_open` turns false: from then on all is text and the splitter need not be
    asked. The end of a piece that may be half a tag is held back. Line feeds right after a tag belong to the tag.
    """

    __slots__ = ("_held", "_is_after_tag", "_joiner", "_place", "is_open")

    def __init__(self, joiner: DeltaJoiner) -> None:
        self.is_open = True
        self._joiner = joiner
        self._place: Literal["before", "inside", "after"] = "before"
        self._is_after_tag = False
        self._held = ""

    def add(self, piece: str) -> None:
        """The next piece of the answer's text."""
        held = self._held + piece
        self._held = ""
        if self._place == "before":
            start = held.lstrip()
            if not start.startswith(_OPEN):
                self._wait_or_give_up(held, start)
                return
            self._place, self._is_after_tag = "inside", True
            held = start[len(_OPEN) :]
        if self._place == "inside":
            held = self._think(held)
        if self._place == "after":
            answer = self._skip_line_feeds(held)
            self.is_open = not answer
            self._say(answer)

    def finish(self) -> None:
        """The answer ended: what was held back was no tag."""
        held, self._held = self._held, ""
        self.is_open = False
        if self._place == "inside" and held:
            self._joiner.reasoning(held)
        else:
            self._say(held)

    def _wait_or_give_up(self, held: str, start: str) -> None:
        if _OPEN.startswith(start):
            self._held = held
            return
        self.is_open = False
        self._say(held)

    def _think(self, held: str) -> str:
        """Pass on the reasoning that is certain; returns the text behind the closing tag."""
        thoughts, mark, answer = self._skip_line_feeds(held).partition(_CLOSE)
        if mark:
            self._place, self._is_after_tag = "after", True
        else:
            keep = next((size for size in range(len(_CLOSE) - 1, 0, -1) if thoughts.endswith(_CLOSE[:size])), 0)
            certain = len(thoughts) - keep
            thoughts, self._held = thoughts[:certain], thoughts[certain:]
        if thoughts:
            self._joiner.reasoning(thoughts)
        return answer

    def _skip_line_feeds(self, text: str) -> str:
        if self._is_after_tag:
            text = text.lstrip("\n")
            self._is_after_tag = not text
        return text

    def _say(self, text: str) -> None:
        if text:
            self._joiner.text(text)
