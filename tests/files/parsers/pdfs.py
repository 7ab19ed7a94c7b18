"""Writes small PDF files by hand, so that each odd thing in them is meant."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas


def pdf_of(objects: Mapping[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF with these objects by number, its table of offsets right."""
    written = bytearray(b"%PDF-1.7\n")
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(written), max(objects) + 1
    written += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        written += b"%010d 00000 n \n" % offsets.get(number, 0)
    written += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(written)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def one_page(content: bytes, filters: bytes = b"") -> dict[int, bytes]:
    """The objects of a PDF of one page that is drawn by `content`."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        4: stream(content, filters),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }


def pages_of(lines: Sequence[Sequence[str]], *, title: str = "", author: str = "", password: str = "") -> bytes:
    """A PDF whose pages hold these lines; those that begin with `# ` are in the outline."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password) if password else None)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for number, page in enumerate(lines):
        for row, line in enumerate(page):
            words = line.removeprefix("# ")
            if words != line:
                canvas.bookmarkPage(f"{number}-{row}")
                canvas.addOutlineEntry(words, f"{number}-{row}", 0)
            canvas.setFont("Helvetica" if words.isascii() else "STSong-Light", 12)
            canvas.drawString(72, 770 - 16 * row, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def keep(folder: Path, content: bytes, name: str = "file.pdf") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def many_pages(count: int, lines: int = 60) -> bytes:
    """A PDF of pages that all show the same lines."""
    line = b"(The quick brown fox jumps over the lazy dog and runs through the forest.) Tj T*"
    objects = one_page(b"BT /F1 10 Tf 12 TL 40 750 Td " + b"\n".join([line] * lines) + b" ET")
    numbers = range(6, 6 + count - 1)
    objects |= dict.fromkeys(numbers, objects[3])
    kids = b" ".join(b"%d 0 R" % number for number in (3, *numbers))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return pdf_of(objects)
