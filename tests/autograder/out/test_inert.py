import base64
import io
import re
import time
from html.parser import HTMLParser

import pytest
from PIL import Image

from autograder.out import inert
from autograder.out.feedback.outputs import output
from autograder.out.feedback.prose import markdown
from tests.autograder.exam.hostile import EVIL, HTML, MARKDOWN


def png(size=(2, 2)) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


class Elements(HTMLParser):
    """All tags of a text, with their attributes."""

    def __init__(self, html: str):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def assert_inert(html: str):
    for tag, attributes in Elements(html).found:
        assert tag in {*inert._TEXT_TAGS.split(), *inert._MATH_TAGS.split()}
        assert not {"id", "class", "style", "name", "xlink:href", "srcset"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match("https?://|mailto:|$", attributes.get("href") or "")
        assert re.match("data:image/|$", attributes.get("src") or "")


def displayed(**data) -> str:
    return output({"output_type": "display_data", "data": data})


@pytest.mark.parametrize("attack", HTML)
def test_hostile_html(attack):
    assert_inert(displayed(**{"text/html": HTML[attack]}))
    assert_inert(markdown(HTML[attack]))
    assert_inert(markdown(f"text before {HTML[attack]} and after"))


@pytest.mark.parametrize("attack", MARKDOWN)
def test_hostile_markdown(attack):
    assert_inert(markdown(MARKDOWN[attack]))
    assert_inert(displayed(**{"text/latex": MARKDOWN[attack]}))


def test_everything_at_once():
    assert_inert(markdown("\n\n".join((*MARKDOWN.values(), *HTML.values()))))


DEEP = {
    "elements": "<div>" * 4_000,
    "lists": "<ul><li>" * 2_500,
    "bold": "".join(f"<b title={i}>" for i in range(1_300)),
    "tables": "<table><tr><td>" * 1_300,
    "brackets": "[" * 20_000,
    "images": "![a](" * 4_000,
    "quotes": ">" * 20_000,
    "emphasis": "*a " * 6_000,
    "ticks": " ".join("`" * i for i in range(190)),
    "fractions": "$" + r"\frac{" * 330 + "$",
    "escapes": "\x1b[" * 10_000,
    "long": "a" * 5_000_000,
}


@pytest.mark.parametrize("attack", DEEP)
def test_nothing_takes_long(attack):
    started = time.process_time()
    markdown(DEEP[attack])
    inert.code(DEEP[attack])
    displayed(**{"text/html": DEEP[attack], "text/plain": DEEP[attack]})
    assert time.process_time() - started < 2


def test_an_image_is_shown_if_it_is_one():
    picture = png()
    assert f'src="data:image/png;base64,{picture}"' in displayed(**{"image/png": picture, "text/plain": "<Figure>"})
    assert 'alt="&lt;Figure&gt;"' in displayed(**{"image/png": picture, "text/plain": "<Figure>"})
    for kind, data in (
        ("image/png", base64.b64encode(b"<script>").decode()),
        ("image/png", "no base64"),
        ("a/b", picture),
    ):
        assert displayed(**{kind: data, "text/plain": "words"}) == '<pre class="result">words</pre>'
    entities = '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>'
    assert "img" not in displayed(**{"image/svg+xml": entities})
    assert 'src="data:image/svg+xml;base64,' in displayed(**{"image/svg+xml": "<svg></svg>"})


def test_an_image_within_html_and_markdown_keeps_its_words():
    picture = png()
    html = displayed(**{"text/html": f'<img alt="two clouds" src="data:image/png;base64,{picture}" style="width:1px">'})
    assert html == f'<img alt="two clouds" src="data:image/png;base64,{picture}">'
    assert f'<img src="data:image/png;base64,{picture}" alt="x">' in markdown(f"![x](data:image/png;base64,{picture})")
    attached = markdown("![my sketch](attachment:a%20b.png)", {"a b.png": {"image/png": picture}})
    assert f'<img src="data:image/png;base64,{picture}" alt="my sketch">' in attached
    assert "attachment" not in markdown("![x](attachment:a.png)", {"a.png": {"image/png": "PHN2Zz4="}})


def test_a_link_to_an_image_is_no_link():
    assert "href" not in markdown(f"[x](data:image/png;base64,{png()})")


@pytest.mark.parametrize("attachments", [None, [], "x", {"a.png": None}, {"a.png": {"image/png": 3}}])
def test_attachments_of_any_form(attachments):
    assert '<img alt="x">' in markdown("![x](attachment:a.png)", attachments)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"output_type": "stream"},
        {"output_type": "stream", "text": 3},
        {"output_type": "error", "traceback": "x"},
        {"output_type": "error", "traceback": [1, None]},
        {"output_type": "display_data", "data": None},
        {"output_type": "display_data", "data": {"text/html": {"a": 1}, "image/png": [3]}},
        {"output_type": ["stream"]},
    ],
)
def test_outputs_of_any_form(answer):
    assert_inert(re.sub(r'<pre class="\w+">', "<pre>", output(answer)))


def test_what_a_terminal_would_show():
    assert inert.shown("\x1b[31mred\x1b[0m \x1b]0;title\x07text") == "red text"
    assert inert.shown("10%\r50%\r100%\nnext") == "100%\nnext"
    assert inert.shown("windows\r\nlines") == "windows\nlines"
    assert inert.shown("a\u202eb\x00\ud800c") == "abc"
    assert markdown("a\u202eb\x00\ud800c") == "<p>abc</p>\n"


def test_long_text_is_cut_in_the_middle():
    text = inert.shown("a" * 30_000 + "z" * 30_000)
    assert text.startswith("aaa")
    assert text.endswith("zzz")
    assert "40,000 characters left out" in text


def test_widgets_and_estimators_are_words():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider(value=3)"}
    assert displayed(**view) == '<pre class="result">IntSlider(value=3)</pre>'
    estimator = {"text/html": "<style>#sk{}</style><div class='sk-top-container'>x</div>", "text/plain": "Ridge()"}
    assert displayed(**estimator) == '<pre class="result">Ridge()</pre>'
    assert displayed(**{"application/javascript": "alert(1)"}) == ""


def test_a_table_and_math_survive():
    html = displayed(**{"text/html": '<style scoped>x</style><table border="1"><tr><th>a</th><td>1</td></tr></table>'})
    assert html == "<table><tbody><tr><th>a</th><td>1</td></tr></tbody></table>"
    assert '<td align="right">1</td>' in markdown("|a|\n|--:|\n|1|")
    assert "<mfrac>" in markdown(r"$\frac{1}{2}$")
    assert markdown(r"$$\begin{aligned} a &= b \\[2pt] c &= d \end{aligned}$$").count("<mtr>") == 2
    assert "<mtr>" in markdown("\\begin{align}\na &= b\n\\end{align}")
    assert "<code>\\def\\a{\\a\\a}\\a</code>" in markdown(r"$\def\a{\a\a}\a$")


def test_headings_go_below_those_of_the_page():
    assert markdown("# One\n\n###### Six") == "<h3>One</h3>\n<h6>Six</h6>\n"


def test_code_is_escaped():
    html = inert.code("print('</pre><script>alert(1)</script>')  # <b>")
    assert "<script" not in html
    assert "<b>" not in html
    assert EVIL not in html


def test_an_image_weighs_a_fiftieth():
    assert inert.weight("abc") == 3
    assert inert.weight("data:image/png;base64," + "A" * 978) == 20
