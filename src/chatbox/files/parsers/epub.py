"""Reads e-books (EPUB 2 and 3): the chapters in reading order, each a section named as in the table of contents."""

from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Final
from urllib.parse import unquote

from lxml import etree

from chatbox.files.parsers.archive import Archive, open_archive
from chatbox.files.parsers.document import (
    FileDamaged,
    FileEncrypted,
    FileTooComplex,
    PartialMeta,
    Progress,
    ReadFailed,
    Writer,
)
from chatbox.files.parsers.html import decode_html, html_tree, write_html
from chatbox.files.parsers.markup import attribute, descendant, local_name, parse_xml, reading_bad_bytes, text_of

MOST_CHAPTERS: Final = 10_000
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# EPUB 3.3 §4.3: fonts may be obfuscated by these without the book being locked.
_FONT_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", ""}


def parse_epub(path: Path, out: Writer, progress: Progress) -> None:
    """A book without a lock; its fonts, pictures and scripts are left out."""
    with reading_bad_bytes(), open_archive(path) as archive:
        if _CONTAINER not in archive:
            raise FileDamaged
        _refuse_locked(archive)
        book = _read_package(archive)
        out.known = PartialMeta(title=book.title, author=book.author)
        labels = _labels(archive, book)
        chapters = book.chapters[:MOST_CHAPTERS]
        for number, name in enumerate(chapters, start=1):
            out.mark("section", number, labels.get(name, ""))
            tree = _chapter(archive.read(name)) if name in archive else None
            if tree is not None:
                write_html(tree, out)
            progress(number, len(chapters))


@dataclass(slots=True)
class _Book:
    title: str | None = None
    author: str | None = None
    # Members of the archive in reading order.
    chapters: list[str] = field(default_factory=list)
    # Where the table of contents is: that of EPUB 3 first.
    contents: list[str] = field(default_factory=list)


def _refuse_locked(archive: Archive) -> None:
    if _ENCRYPTION not in archive:
        return
    for method in parse_xml(archive.read(_ENCRYPTION)).iter("{*}EncryptionMethod"):
        above = method.getparent()
        if (
            above is not None
            and local_name(above) == "EncryptedData"
            and attribute(method, "Algorithm") not in _FONT_ONLY
        ):
            raise FileEncrypted


def _read_package(archive: Archive) -> _Book:
    root_file = descendant(parse_xml(archive.read(_CONTAINER)), "rootfile")
    name = normpath(unquote(attribute(root_file, "full-path"))) if root_file is not None else ""
    package = parse_xml(archive.read(name))
    items = {attribute(item, "id"): item for item in package.iter("{*}item")}
    places = {key: _resolve(name, attribute(item, "href")) for key, item in items.items()}
    book = _Book(text_of(descendant(package, "title")) or None, _authors(package) or None)
    contents = {key for key, item in items.items() if "nav" in attribute(item, "properties").split()}
    for reference in package.iter("{*}itemref"):
        key = attribute(reference, "idref")
        if key in items and key not in contents and attribute(items[key], "media-type") in _PAGES:
            book.chapters.append(places[key])
    for spine in package.iter("{*}spine"):
        contents_of_epub2 = attribute(spine, "toc")
        book.contents = [places[key] for key in (*sorted(contents), contents_of_epub2) if key in places]
    return book


def _authors(package: etree._Element) -> str:
    return ", ".join(name for creator in package.iter("{*}creator") if (name := text_of(creator)))


def _labels(archive: Archive, book: _Book) -> dict[str, str]:
    """Titles by chapter from the table of contents, the first if there are several; none if it cannot be read."""
    labels: dict[str, str] = {}
    for name in book.contents:
        try:
            root = parse_xml(archive.read(name))
        except FileTooComplex:
            raise
        except ReadFailed:
            continue
        for point in root.iter("{*}navPoint"):
            target = descendant(point, "content")
            if target is not None:
                labels.setdefault(_resolve(name, attribute(target, "src")), text_of(descendant(point, "navLabel")))
        for nav in root.iter("{*}nav"):
            for link in nav.iter("{*}a") if attribute(nav, "type") in {"toc", ""} else ():
                labels.setdefault(_resolve(name, attribute(link, "href")), text_of(link))
    return labels


def _resolve(base: str, reference: str) -> str:
    """The member that a reference in member `base` means, without the place inside it."""
    return normpath(join(dirname(base), unquote(reference.partition("#")[0])))


def _chapter(content: bytes) -> etree._Element | None:
    """A chapter as the XML that it should be, else as the HTML that it often is."""
    try:
        tree = parse_xml(content)
    except FileTooComplex:
        raise
    except ReadFailed:
        return html_tree(decode_html(content))
    # An entity that no one resolves would be a hole in the text, and the HTML reader knows the common ones.
    return html_tree(decode_html(content)) if b"&" in content and _has_entities(tree) else tree


def _has_entities(tree: etree._Element) -> bool:
    return next(tree.iter(etree.Entity), None) is not None
