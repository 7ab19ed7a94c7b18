"""Reads who wrote an office file and what it is called: Dublin Core, as both families of formats keep it."""

from typing import Final

from chatbox.files.parsers.archive import Archive
from chatbox.files.parsers.document import FileTooComplex, PartialMeta, ReadFailed
from chatbox.files.parsers.markup import descendant, parse_xml, text_of

# ECMA-376 part 2 §11 and ODF 1.3 part 2 §3.1.
_MEMBERS: Final = ("docProps/core.xml", "meta.xml")


def read_properties(archive: Archive, pages: int | None = None) -> PartialMeta:
    """Title and author with this count of pages; unknown where the file does not say or says it badly."""
    for name in _MEMBERS:
        if name not in archive:
            continue
        try:
            root = parse_xml(archive.read(name))
        except FileTooComplex:
            raise
        except ReadFailed:
            break
        author = text_of(descendant(root, "initial-creator")) or text_of(descendant(root, "creator"))
        return PartialMeta(text_of(descendant(root, "title")) or None, author or None, pages)
    return PartialMeta(pages=pages)
