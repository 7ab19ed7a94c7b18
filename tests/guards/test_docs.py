"""What the documentation points at is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.guards.sources import ROOT, place, refuse, texts

_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z][a-z+.-]*:")


def test_every_relative_link_leads_somewhere() -> None:
    refuse(f"{place(path)}: {link}" for path, text in texts({".md"}) for link in _links(text) if not _leads(path, link))


def _links(text: str) -> Iterator[str]:
    for match in _LINK.finditer(_FENCE.sub("", text)):
        if not _ELSEWHERE.match(match[1]):
            yield match[1]


def _leads(page: Path, link: str) -> bool:
    name, _, heading = unquote(link).partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not heading or target.suffix != ".md" or heading in _anchors(target.read_text("utf-8"))


def _anchors(text: str) -> set[str]:
    """The fragments that the usual renderers give to headings: lower case, words joined by hyphens."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
