import jinja2
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from watchward.console.jinja import environment

words = st.text(alphabet="ab<&", max_size=3)
texts = st.one_of(words, words.map(Markup), st.booleans(), st.integers(0, 1), st.none())
parameters = st.dictionaries(st.sampled_from(["text", "html", "classes", "value", "name", "disabled"]), texts)

PAGE = (
    '{% from "nhsuk/components/button/macro.jinja" import button %}'
    '{% from "nhsuk/components/tag/macro.jinja" import tag %}{{ button(given) }}{{ tag(given) }}'
)


def kept():
    return environment(loader=jinja2.DictLoader({}), autoescape=True)


def plain():
    found = kept()
    found.template_class = jinja2.Template
    return found


ONCE, AFRESH = kept().from_string(PAGE), plain().from_string(PAGE)


@given(st.lists(parameters, max_size=4))
def test_a_component_that_is_kept_is_what_it_would_be_afresh(many):
    for given_ in many:
        assert ONCE.render(given=given_) == AFRESH.render(given=given_)


def test_text_and_markup_that_look_alike_are_kept_apart():
    escaped, as_it_is = (ONCE.render(given={"text": text}) for text in ("<i>", Markup("<i>")))

    assert "&lt;i&gt;" in escaped
    assert "<i>" in as_it_is


def test_a_component_around_a_block_shows_the_block_of_this_time():
    page = (
        '{% from "nhsuk/components/inset-text/macro.jinja" import insetText %}'
        "{% call insetText({}) %}{{ words }}{% endcall %}"
    )
    template = kept().from_string(page)

    assert "first" in template.render(words="first")
    assert "second" in template.render(words="second")
