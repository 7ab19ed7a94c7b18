"""E-mail as Markdown."""

from email.message import EmailMessage
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import read, read_or_fail
from tests.files.parsers.samples import eml_file

from chatbox.files.parsers.eml import parse_eml


def test_a_message_shows_its_headers_its_text_and_what_hangs_on_it(tmp_path: Path) -> None:
    found = read(parse_eml, eml_file(), tmp_path)

    assert found.text == (
        "# 会议 meeting\n\nFrom: Ann <ann@a.example>\nTo: bob@b.example, cy@c.example\n"
        "Date: Mon, 06 May 2024 07:08:09 +0200\n\nSee you at nine.\n九点见。\n\n"
        "## Attachments\n\n- 计划.pdf (application/pdf, 3 kB)"
    )
    assert (found.meta.title, found.meta.author) == ("会议 meeting", "Ann <ann@a.example>")
    assert found.notes == ["attachments_not_read"]


def test_a_message_in_html_only_is_turned_into_markdown(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("<style>x</style><p>Hi <b>你</b></p><table><tr><td>in a frame</table>", subtype="html")

    assert read(parse_eml, bytes(message), tmp_path).text == "Hi **你**\n\nin a frame"


def test_an_old_message_is_read_in_the_encoding_it_names(tmp_path: Path) -> None:
    head = b"Subject: =?gb2312?B?1tDOxA==?=\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"

    assert read(parse_eml, head + "内容在此".encode("gb2312"), tmp_path).text == "# 中文\n\n内容在此"


def test_a_message_in_an_unknown_encoding_is_read_all_the_same(tmp_path: Path) -> None:
    head = b"Subject: =?nonsense?B?eA==?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n"

    assert "body" in read(parse_eml, head + b"body", tmp_path).text


def test_a_message_on_a_message_is_listed(tmp_path: Path) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner.set_content("inside")
    outer.set_content("outside")
    outer.add_attachment(inner)

    text = read(parse_eml, bytes(outer), tmp_path).text

    assert text == "outside\n\n## Attachments\n\n- ? (message/rfc822, 7 B)"


def test_parts_nested_without_end_fail_as_a_file(tmp_path: Path) -> None:
    content = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(3_000)
    )

    read_or_fail(parse_eml, content, tmp_path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"Subject", b"From", b"To", b"Date", b"Content-Type", b"Content-Disposition"]),
            st.binary(max_size=40),
        ),
        max_size=6,
    ),
    body=st.binary(max_size=50),
)
def test_any_headers_read_or_fail_as_a_file(tmp_path: Path, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)

    read_or_fail(parse_eml, lines + b"\r\n" + body, tmp_path)
