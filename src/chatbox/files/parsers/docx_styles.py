"""Knows which paragraphs of a Word document are headings and list items, by their styles and numberings."""

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from chatbox.files.parsers.markup import attribute, children, to_number

_HEADING_NAME = re.compile(r"heading ([1-9])\Z", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (?:bullet|number) ([2-5])\Z", re.IGNORECASE)
_DEEPEST_INHERITANCE = 12
# ECMA-376 part 1 §17.3.1.20: level 9 stands for running text.
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph is: `heading` 1 to 9 or 0; `list_id` empty if it is in no list; `depth` 0 outermost."""

    heading: int = 0
    list_id: str = ""
    depth: int = 0
    is_numbered: bool = False


_PLAIN = ParagraphStyle()


@dataclass(slots=True)
class Styles:
    """The paragraph styles by their id, and per list and level its format and first number."""

    paragraphs: dict[str, ParagraphStyle] = field(default_factory=dict)
    levels: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)

    def of_paragraph(self, paragraph: etree._Element) -> ParagraphStyle:
        """The style of this paragraph with what it says of itself."""
        properties = next(children(paragraph, "pPr"), None)
        if properties is None:
            return _PLAIN
        named = next(children(properties, "pStyle"), None)
        style = _with(properties, self.paragraphs.get(value_of(named), _PLAIN))
        number_format, _ = self.levels.get((style.list_id, style.depth), ("bullet", 1))
        if number_format == "none":
            return replace(style, list_id="")
        return replace(style, is_numbered=number_format != "bullet")

    def start(self, list_id: str, depth: int) -> int:
        """The number with which this level begins."""
        return self.levels.get((list_id, depth), ("", 1))[1]


def value_of(element: etree._Element | None) -> str:
    """The `w:val` of an element, which may be missing."""
    return attribute(element, "val") if element is not None else ""


def read_styles(styles: etree._Element | None, numberings: etree._Element | None) -> Styles:
    """What the parts for styles and numberings say; either may be missing."""
    read = Styles()
    found = styles.iter("{*}style") if styles is not None else ()
    elements = {attribute(style, "styleId"): style for style in found}
    for style_id in elements:
        read.paragraphs[style_id] = _resolve(style_id, elements)
    if numberings is not None:
        read.levels.update(_read_levels(numberings))
    return read


def _resolve(style_id: str, elements: dict[str, etree._Element]) -> ParagraphStyle:
    """A style with what it inherits; styles may inherit from each other in a circle."""
    chain: list[etree._Element] = []
    while style_id in elements and len(chain) < _DEEPEST_INHERITANCE:
        chain.append(elements[style_id])
        style_id = value_of(next(children(chain[-1], "basedOn"), None))
    found = _PLAIN
    for element in reversed(chain):
        for properties in children(element, "pPr"):
            found = _with(properties, found)
        name = value_of(next(children(element, "name"), None)).strip()
        if named := _HEADING_NAME.match(name):
            found = replace(found, heading=int(named[1]))
        elif name.lower() == "title":
            found = replace(found, heading=1)
        elif named := _LIST_NAME.match(name):
            found = replace(found, depth=int(named[1]) - 1)
    return found


def _with(properties: etree._Element, style: ParagraphStyle) -> ParagraphStyle:
    """The style, changed by what paragraph properties say."""
    for element in children(properties, "outlineLvl", "numPr"):
        if element.tag.endswith("numPr"):
            style = _with_numbering(element, style)
        else:
            level = to_number(value_of(element), _BODY_LEVEL)
            style = replace(style, heading=level + 1 if level < _BODY_LEVEL else 0)
    return style


def _with_numbering(numbering: etree._Element, style: ParagraphStyle) -> ParagraphStyle:
    list_id = next(children(numbering, "numId"), None)
    depth = next(children(numbering, "ilvl"), None)
    if list_id is not None:
        named = value_of(list_id)
        style = replace(style, list_id="" if named == "0" else named)
    return style if depth is None else replace(style, depth=min(to_number(value_of(depth)), 8))


def _read_levels(root: etree._Element) -> dict[tuple[str, int], tuple[str, int]]:
    abstract = {attribute(element, "abstractNumId"): element for element in children(root, "abstractNum")}
    levels: dict[tuple[str, int], tuple[str, int]] = {}
    for used in children(root, "num"):
        base = abstract.get(value_of(next(children(used, "abstractNumId"), None)))
        for level in children(base, "lvl") if base is not None else ():
            number_format = value_of(next(children(level, "numFmt"), None)) or "decimal"
            start = to_number(value_of(next(children(level, "start"), None)), 1)
            levels[attribute(used, "numId"), to_number(attribute(level, "ilvl"))] = (number_format, start)
    return levels
