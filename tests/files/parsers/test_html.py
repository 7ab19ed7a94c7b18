"""Pages as Markdown."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.parsers.reading import read, read_or_fail

from chatbox.files.parsers.document import FileTooComplex
from chatbox.files.parsers.html import parse_html


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        pytest.param("<h1>One  <i>two</i></h1><p>x<br>y</p>loose", "# One *two*\n\nx\ny\n\nloose", id="blocks"),
        pytest.param("<p>a<b> bold </b>b <code>c()</code>", "a **bold** b `c()`", id="emphasis"),
        pytest.param("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n    - b\n- c", id="nested list"),
        pytest.param("<ol start=3><li>a<li>b</ol>", "3. a\n4. b", id="numbered list"),
        pytest.param("<dl><dt>Term<dd>Meaning</dl>", "Term\n\n- Meaning", id="definitions"),
        pytest.param("<blockquote>q<p>r</blockquote>", "> q\n\n> r", id="quotation"),
        pytest.param('<a href="https://a.example/b(c)">x</a>', "[x](https://a.example/b%28c%29)", id="link"),
        pytest.param('<a href="javascript:alert(1)">x</a><a href="#y">y</a>', "xy", id="no link"),
        pytest.param(
            '<pre><code class="language-python">def f():\n\n    pass\n</code></pre>',
            "```python\ndef f():\n\n    pass\n```",
            id="code",
        ),
        pytest.param(
            "<table><caption>Cap</caption><thead><tr><th>a<th>b|c<th>d</thead><tr><td rowspan=2>1<td colspan=2><p>2</p>"
            "<p>3</p><tr><td>4<td>5</table>",
            "Cap\n\n| a | b\\|c | d |\n| --- | --- | --- |\n| 1 | 2 3 |  |\n|  | 4 | 5 |",
            id="table",
        ),
        pytest.param(
            "<table><tr><td><table><tr><td>in</table><td><h2>T</h2>out</table>", "in\n\n## T\n\nout", id="layout table"
        ),
        pytest.param("<img src=x alt='a cat'>&copy;&nbsp;&lt;b&gt;", "a cat© <b>", id="picture and entities"),
        pytest.param("<h1> </h1><p></p><b></b><li></li>x", "x", id="nothing empty"),
        pytest.param(
            "<title>t</title><style>s{}</style><script>s()</script><noscript>n</noscript><template>t</template>"
            "<p hidden>h</p><p style='display: none'>d</p><p aria-hidden=true>a</p><!-- c -->seen",
            "seen",
            id="hidden",
        ),
    ],
)
def test_a_page_reads_as_it_looks(tmp_path: Path, html: str, markdown: str) -> None:
    assert read(parse_html, html.encode(), tmp_path).text == markdown


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param('<meta charset="gb2312"><p>中文内容镕'.encode("gbk"), "中文内容镕", id="a wider set than it says"),
        pytest.param(
            '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>日本語'.encode("shift_jis"),
            "日本語",
            id="the old way",
        ),
        pytest.param("<p>早晨 ok".encode("utf-16"), "早晨 ok", id="byte order mark"),
        pytest.param('<meta charset="nonsense"><p>晚'.encode(), "晚", id="unknown name"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_names(tmp_path: Path, content: bytes, text: str) -> None:
    assert read(parse_html, content, tmp_path).text == text


def test_a_page_says_its_title_and_author_and_marks_its_headings(tmp_path: Path) -> None:
    found = read(
        parse_html,
        b"<title>My\n page</title><meta name=author content=Ann><h1>A</h1>x<h2>B</h2>y<h4>C</h4>z",
        tmp_path,
    )

    assert (found.meta.title, found.meta.author) == ("My page", "Ann")
    assert found.between_marks() == [("A", "# A\n\nx\n\n"), ("B", "## B\n\ny\n\n#### C\n\nz")]


@pytest.mark.parametrize("piece", ["<div>", "<ul><li>", "<b>", "<table><tr><td>", "<blockquote>"])
def test_a_page_nested_without_end_is_refused(tmp_path: Path, piece: str) -> None:
    with pytest.raises(FileTooComplex):
        read(parse_html, (piece * 50_000 + "deep").encode(), tmp_path)


def test_a_table_that_claims_to_be_vast_costs_little(tmp_path: Path) -> None:
    row = "<tr><td colspan=999999999 rowspan=999999999>a<td>b"

    assert len(read(parse_html, f"<table>{row * 50}".encode(), tmp_path).text) < 200_000


_TAGS = [
    "p",
    "div",
    "b",
    "i",
    "a",
    "h1",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "code",
    "br",
    "blockquote",
    "script",
    "dd",
    "dt",
    "caption",
    "img",
]
_PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in _TAGS] + [f"</{tag}>" for tag in _TAGS]), st.text("a字 |*\n&<", max_size=5)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(_PIECES, max_size=40))
def test_any_heap_of_tags_reads_or_fails_as_a_file(tmp_path: Path, pieces: list[str]) -> None:
    read_or_fail(parse_html, "".join(pieces).encode(), tmp_path)
