"""The macros and layouts alone: no database, no pages of the product."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, flash, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)

from app.web.fields import options

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "app" / "static"
ERRORS = sorted(path.stem for path in (TEMPLATES / "errors").glob("*.html"))
START = "{% import 'components/forms.html' as f %}{% import 'components/ui.html' as ui %}"


class Office(Form):
    town = StringField("Town", [validators.DataRequired("Enter the town")])


class Sample(FlaskForm):
    name = StringField("Full name", [validators.DataRequired("Enter your full name")])
    pronouns = StringField("Pronouns", [validators.Optional()])
    way = RadioField(
        "How?",
        choices=options([("video", "Video"), ("phone", "Phone")]),
        validators=[validators.DataRequired("Choose how")],
    )
    rank = SelectField("Rank", choices=options([("1", "First")]), default="1")
    texts = BooleanField("Send me texts")
    words = TextAreaField("Your answer")
    offices = FieldList(FormField(Office), min_entries=1)


@pytest.fixture
def site() -> Iterator[Flask]:
    site = Flask(__name__, template_folder=str(TEMPLATES), static_folder=str(STATIC))
    site.config.update(SECRET_KEY="only here", TESTING=True)
    CSRFProtect(site)
    Babel(site)
    site.jinja_env.filters["when"] = str
    with site.test_request_context("/", method="POST"):
        yield site


def render(source: str, **context: object) -> str:
    return re.sub(r"\s+", " ", render_template_string(START + source, **context)).strip()


def page(layout: str = "applicant", **context: object) -> str:
    source = "{% extends 'layouts/" + layout + ".html' %}{% block title %}Contact{% endblock %}"
    return re.sub(r"\s+", " ", render_template_string(source, **context))


def title(html: str) -> str:
    return re.search("<title>(.*?)</title>", html).group(1)  # type: ignore[union-attr]


def refused_form() -> Sample:
    form = Sample(meta={"csrf": False})
    form.validate()
    return form


def test_error_summary_links_every_refused_field_where_the_focus_can_land(site: Flask) -> None:
    html = render("{{ f.error_summary(form) }}", form=refused_form())
    assert re.findall(r'<a href="(#[^"]+)">([^<]+)</a>', html) == [
        ("#name", "Enter your full name"),
        ("#way-0", "Choose how"),
        ("#offices-0-town", "Enter the town"),
    ]


def test_error_summary_prints_nothing_when_all_is_well(site: Flask) -> None:
    assert render("{{ f.error_summary(form) }}", form=Sample(meta={"csrf": False})) == ""


def test_refused_field_is_tied_to_its_hint_and_its_error(site: Flask) -> None:
    html = render("{{ f.field(form.name, hint='As on your ID', autocomplete='name') }}", form=refused_form())
    control = re.search("<input[^>]*>", html).group(0)  # type: ignore[union-attr]
    assert 'aria-describedby="name-hint name-error"' in control
    assert 'aria-invalid="true"' in control
    assert 'autocomplete="name"' in control


@pytest.mark.parametrize("name", ["name", "pronouns", "way", "rank", "texts", "words"])
def test_field_labels_every_control(site: Flask, name: str) -> None:
    html = render(f"{{{{ f.field(form.{name}) }}}}", form=Sample(meta={"csrf": False}))
    controls = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html)
    assert controls and controls == re.findall(r'<label[^>]* for="([^"]+)"', html)


def test_optional_fields_say_so(site: Flask) -> None:
    form = Sample(meta={"csrf": False})
    assert "(optional)" in render("{{ f.field(form.pronouns) }}", form=form)
    assert "(optional)" not in render("{{ f.field(form.name) }}", form=form)


def test_meter_fills_one_segment_for_each_sentence(site: Flask) -> None:
    html = render("{{ f.meter(4, '4 sentences') }}")
    assert (html.count('<i class="on">'), html.count("<i")) == (4, 6)


def test_post_button_is_a_form_with_csrf(site: Flask) -> None:
    html = render("{{ f.post_button('/remind', 'Remind', about='Rolla', fields={'x': 1}) }}")
    assert 'method="post" action="/remind"' in html
    assert 'name="csrf_token"' in html
    assert '<input type="hidden" name="x" value="1">' in html


def test_score_picker_checks_the_given_score_only(site: Flask) -> None:
    html = render("{{ f.score_picker('s', 'Substance', [(1, 'None'), (2, 'Some')], value=2) }}")
    assert re.findall(r'value="(\d)" checked', html) == ["2"]


def test_words_typed_by_people_are_escaped(site: Flask) -> None:
    html = render(
        "{{ ui.typed(text) }}{{ ui.summary_list([{'label': 'A', 'value': text, 'typed': true}]) }}", text="<b>&"
    )
    assert html.count("&lt;b&gt;&amp;") == 2
    assert html.count('translate="no"') == 2


def test_task_without_a_link_is_not_a_link(site: Flask) -> None:
    html = render("{{ ui.task_list([{'title': 'Send', 'status': 'Cannot start yet', 'tone': 'blocked'}]) }}")
    assert "<a" not in html


def test_timeline_marks_the_current_step(site: Flask) -> None:
    html = render("{{ ui.timeline([{'title': 'A', 'state': 'done'}, {'title': 'B', 'state': 'now'}]) }}")
    assert re.findall(r'<li class="(\w+)" aria-current="step">', html) == ["now"]


def test_title_says_error_for_a_refused_form(site: Flask) -> None:
    assert title(page()) == "Contact – Client Advocate Fellowship"
    assert title(page(form=refused_form())) == "Error: Contact – Client Advocate Fellowship"


def test_title_says_done_after_success(site: Flask) -> None:
    flash("Saved", "success")
    assert title(page(layout="staff")) == "Done: Contact – Placewell"


def test_flash_is_a_focusable_status(site: Flask) -> None:
    flash("<Saved>", "success")
    assert '<div class="notice is-done" role="status" tabindex="-1" data-focus> <p><b>&lt;Saved&gt;</b>' in page()


@pytest.mark.parametrize("layout", ["applicant", "public", "staff", "defender"])
def test_every_layout_has_landmarks_navigation_and_help(site: Flask, layout: str) -> None:
    html = page(layout, nav_items=[("Today", "/a", True), ("People", "/b", False)])
    assert html.count('aria-current="page"') == 1
    for part in ('href="#main"', '<main id="main"', "apply@partnersforjustice.org", "Ask for an adjustment"):
        assert part in html


@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_need_no_request_data(site: Flask, name: str) -> None:
    html = site.jinja_env.get_template(f"errors/{name}.html").render()
    assert html.count("<h1") == 1
    assert "apply@partnersforjustice.org" in html


def test_no_template_breaks_the_content_security_policy() -> None:
    unsafe = re.compile(r"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*ld\+json)|javascript:""")
    assert [
        str(path)
        for path in TEMPLATES.rglob("*.html")
        if "emails" not in path.parts and unsafe.search(path.read_text())
    ] == []


def test_style_sheets_stay_within_twelve_kilobytes() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in (STATIC / "css").glob("*.css")) < 12 * 1024


def test_error_page_says_what_exactly_went_wrong(site: Flask) -> None:
    html = site.jinja_env.get_template("errors/409.html").render(message="Rolla is <full>")
    assert "<b>Rolla is &lt;full&gt;</b>" in html


def test_a_wide_table_is_named_reached_by_keys_and_shaded_where_it_goes_on(site: Flask) -> None:
    html = render_template_string(START + "{% call ui.table('Candidates') %}<tbody></tbody>{% endcall %}")
    assert '<div class="region" role="region" aria-label="Candidates" tabindex="0">' in html
    region = (STATIC / "css" / "components.css").read_text().split(".region {")[1].split("}")[0]
    assert region.count("local") >= 2 and region.count("scroll") >= 2
