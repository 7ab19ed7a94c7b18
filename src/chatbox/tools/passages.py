"""Cuts a document into passages and finds the ones that fit a question best. Pure, and made to run in a thread.

Ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over words, and over pairs of
neighbouring characters where words are not set apart: Chinese, Japanese and Korean.
"""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatbox.files.parsers.document import Mark

PASSAGE_CHARACTERS = 1200
MOST_TERMS = 32
_LEAST_CHARACTERS = 400
_SATURATION = 1.2
_LENGTH_WEIGHT = 0.75

_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_WIDE}]+")
_WIDE_RUN = re.compile(rf"[{_WIDE}]+")
# Where a passage may end, the best places first.
_BREAKS = ("\n\n", "\n", "。", ". ", "！", "？", "! ", "? ", "；", "; ", "，", ", ", " ")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about an and are as at be by can do does for from has have how i in is it its me my of on or our that the "
        "there this to was we what when where which who why will with you your",
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document's text, `[start, end)` in characters; `number` counts from 0."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it fits; greater is better, and nothing that fits has a score of 0."""

    passage: Passage
    score: float


def cut_passages(text: str, marks: Sequence[Mark]) -> list[Passage]:
    """The text as passages of about `PASSAGE_CHARACTERS`, in order and without gaps; none spans two pages, slides or
    sheets."""
    edges = sorted({0, len(text), *(mark.start for mark in marks if mark.kind != "section" and mark.start < len(text))})
    passages: list[Passage] = []
    for first, last in pairwise(edges):
        for start, end in _stretches(text, first, last):
            passages.append(Passage(len(passages), start, end))
    return passages


def _stretches(text: str, start: int, last: int) -> Iterator[tuple[int, int]]:
    while last - start > PASSAGE_CHARACTERS:
        end = _break_before(text, start + _LEAST_CHARACTERS, start + PASSAGE_CHARACTERS)
        yield start, end
        start = end
    if start < last:
        yield start, last


def _break_before(text: str, least: int, most: int) -> int:
    for mark in _BREAKS:
        found = text.rfind(mark, least, most)
        if found >= 0:
            return found + len(mark)
    return most


def rank(text: str, passages: Sequence[Passage], question: str) -> list[Hit]:
    """The passages that share anything with the question, best first."""
    terms = terms_of(question)
    if not terms or not passages:
        return []
    count = _TermCounter(terms)
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered; then offsets would lead astray
        lowered = text
    counted = [count(lowered[passage.start : passage.end]) for passage in passages]
    containing = Counter(term for counts in counted for term in counts)
    average = sum(passage.end - passage.start for passage in passages) / len(passages)
    weights = {term: math.log(1 + (len(passages) - n + 0.5) / (n + 0.5)) for term, n in containing.items()}
    hits = [
        Hit(passage, _score(counts, weights, (passage.end - passage.start) / average))
        for passage, counts in zip(passages, counted, strict=True)
        if counts
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.start))


def _score(counts: Counter[str], weights: dict[str, float], length: float) -> float:
    damping = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * length)
    return sum(weights[term] * n * (_SATURATION + 1) / (n + damping) for term, n in counts.items())


def terms_of(question: str) -> list[str]:
    """What to look for: the words of a question, without the commonest and without an ending, and pairs of wide
    characters. At most `MOST_TERMS`."""
    lowered = question.lower()
    words = [_stem(word) for word in _WORD.findall(lowered) if word not in _COMMON]
    pairs = [
        run[start : start + 2] if len(run) > 1 else run
        for run in _WIDE_RUN.findall(lowered)
        for start in range(max(1, len(run) - 1))
    ]
    return list(dict.fromkeys([*words, *pairs]))[:MOST_TERMS]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class _TermCounter:
    """Counts the terms in a piece of lower-case text."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._wide = [term for term in terms if _WIDE_RUN.match(term)]
        words = sorted((term for term in terms if not _WIDE_RUN.match(term)), key=len, reverse=True)
        self._words = words
        stems = "|".join(f"({re.escape(word)})" for word in words)
        # A word may go on for two letters: the plural, the past.
        self._pattern = re.compile(rf"(?<![^\W_{_WIDE}])(?:{stems})[^\W\d_{_WIDE}]{{0,2}}(?![^\W_{_WIDE}])")

    def __call__(self, piece: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        if self._words:
            for found in self._pattern.finditer(piece):
                if found.lastindex:
                    counts[self._words[found.lastindex - 1]] += 1
        for term in self._wide:
            if number := piece.count(term):
                counts[term] = number
        return counts


def place_of(marks: Sequence[Mark], offset: int) -> str:
    """Where an offset lies, in words: `page 3`, `sheet 2 (Prices)`; empty when nothing is marked."""
    placed = [mark for mark in marks if mark.kind != "section"] or marks
    index = bisect_right(placed, offset, key=lambda mark: mark.start) - 1
    if index < 0:
        return ""
    mark = placed[index]
    if mark.kind == "section":
        return f"section “{mark.label}”" if mark.label else f"section {mark.number}"
    label = f" ({mark.label})" if mark.label and mark.label != str(mark.number) else ""
    return f"{mark.kind} {mark.number}{label}"


def with_places(text: str, marks: Sequence[Mark], start: int = 0, end: int | None = None) -> str:
    """A range of the text with a line `[page 3]` where each page, slide or sheet begins."""
    end = len(text) if end is None else min(end, len(text))
    pieces: list[str] = []
    position = start
    for mark in marks:
        if mark.kind == "section" or not start <= mark.start < end:
            continue
        pieces += [text[position : mark.start], f"[{place_of([mark], mark.start)}]\n"]
        position = mark.start
    return "".join([*pieces, text[position:end]])
