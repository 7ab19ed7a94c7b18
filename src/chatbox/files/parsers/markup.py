"""Opens XML that may be hostile, and says what failed when a library stumbles over bad bytes."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from lxml import etree

from chatbox.files.parsers.document import MOST_MARKS, FileDamaged, FileTooComplex, Writer, one_line

# What libxml2 says of nesting beyond 256 levels, of texts beyond 10 MB and of entities that multiply.
_LIMIT_REACHED = re.compile("XML_PARSE_HUGE|entity reference loop|amplification", re.IGNORECASE)
_DEEPEST_SECTION = 3
# Headings beyond these are written without marks, of which a text may have only so many.
MOST_SECTIONS: Final = MOST_MARKS - 1_000
_STUMBLES: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    etree.LxmlError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(slots=True)
class Sections:
    """Writes headings and marks a section at each of the upper three levels."""

    out: Writer
    number: int = 0

    def heading(self, level: int, text: str) -> None:
        title = one_line(text)
        if title and level <= _DEEPEST_SECTION and self.number < MOST_SECTIONS:
            self.number += 1
            self.out.mark("section", self.number, title)
        self.out.heading(level, title)


@contextmanager
def reading_bad_bytes(*errors: type[Exception]) -> Iterator[None]:
    """What libraries for office formats raise over bytes that break their assumptions, as `ReadFailed`.

    `errors` are a library's own besides.
    """
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise _failure(error) from error
    except (MemoryError, RecursionError) as error:
        raise FileTooComplex from error
    except (*_STUMBLES, *errors) as error:
        raise FileDamaged from error


def parse_xml(content: bytes) -> etree._Element:
    """The root of an XML document: entities stay unresolved, nothing is loaded, depth and sizes are limited."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _failure(error) from error
    except ValueError as error:  # an encoding that nobody knows
        raise FileDamaged from error


def local_name(element: etree._Element) -> str:
    """The name without its namespace; empty for what is no element, such as an entity."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str:
    """The attribute of this name in whichever namespace, or nothing."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The children with these names, in whichever namespace."""
    return (child for child in element if local_name(child) in names)


def descendant(element: etree._Element, name: str) -> etree._Element | None:
    """The first element of this name below, in whichever namespace."""
    return next(element.iter("{*}" + name), None)


def text_of(element: etree._Element | None) -> str:
    """All text below, on one line."""
    return one_line("".join(str(piece) for piece in element.itertext())) if element is not None else ""


def to_number(text: str, default: int = 0) -> int:
    """A whole number that a file may have written wrongly or absurdly long."""
    return int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else default


def _failure(error: etree.XMLSyntaxError) -> FileDamaged | FileTooComplex:
    return FileTooComplex() if _LIMIT_REACHED.search(str(error)) else FileDamaged()
