import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.template import Context, Template
from django.urls import reverse
from django.utils.translation import override

from cast import person

PROFILE = reverse("team:profile")


def drawn(source: str, **context) -> str:
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_frame(sign_in, alice, language):
    page = sign_in(alice).get(PROFILE, headers={"accept-language": language}).content.decode()
    assert 'class="kf-skip" href="#content"' in page
    assert 'name="q"' in page
    assert 'data-kf-key="u"' in page
    assert ("用户" if language == "zh-hans" else "Users") in page


def test_menu_shows_only_what_one_may_open(sign_in, erin):
    page = sign_in(erin).get(PROFILE).content.decode()
    assert reverse("team:users") not in page
    assert 'data-kf-key="i"' not in page


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("rep", ["Today", "Customers", "Follow-up"]),
        ("finance", ["Customers", "Receivables", "Dunning"]),
        ("service", ["Customers", "Service", "Surveys"]),
    ],
)
def test_the_bar_of_a_phone_has_the_work_of_ones_role(sign_in, db, role, told):
    context = sign_in(person(role, role, role)).get(reverse("team:profile")).context
    assert [str(one.entry.title) for one in context["phone_bar"]] == told


def test_every_static_file_of_the_frame_exists(sign_in, alice):
    page = sign_in(alice).get(PROFILE).content.decode()
    files = re.findall(r'"/static/([^"?]+)', page)
    assert "vendor/tabler.min.css" in files
    assert [name for name in files if not find(name)] == []


def test_has_stands_after_a_class_or_element():
    # Else browsers look through every element of a page at each change of it.
    folder = Path(find("kefen/site.css")).parent
    bare = re.compile(r"(?:^|[\s>+~,{}])(?:\*|:\w+\()*:has\(", re.MULTILINE)
    sheets = {one.name: one.read_text(encoding="utf-8") for one in folder.glob("*.css")}
    assert {name for name, text in sheets.items() if bare.search(text)} == set()


def test_nothing_inline(sign_in, alice):
    answer = sign_in(alice).get(PROFILE)
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_unknown_address(sign_in, alice):
    answer = sign_in(alice).get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_what_broke_is_told_without_detail(sign_in, alice, monkeypatch):
    browser = sign_in(alice)
    browser.raise_request_exception = False
    monkeypatch.setattr("kefen_crm.team.views.profile_page", lambda request: 1 / 0)
    answer = browser.get(PROFILE)
    assert answer.status_code == 500
    assert "Something broke" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


class Grade:
    def __init__(self, key, title, number):
        self.key, self.title, self.number = key, title, number


class Scheme:
    classes = (Grade("A", "重要", 1), Grade("B", "普通", 2))


@pytest.mark.parametrize(
    ("key", "colour", "text"),
    [
        ("A", "kf-class-1", "重要"),
        ("B", "kf-class-2", "普通"),
        ("Z", "kf-class-none", "Z"),
        ("~lapsed", "kf-class-lapsed", "Lapsed"),
    ],
)
def test_class_badge(key, colour, text):
    badge = drawn("{% class_badge scheme key %}", scheme=Scheme(), key=key)
    assert colour in badge
    assert text in badge


def test_no_class_is_unrated_not_worst():
    with override("en"):
        badge = drawn("{% class_badge scheme None %}", scheme=Scheme())
    assert "kf-class-none" in badge
    assert "Unrated" in badge


def test_names_are_escaped():
    badge = drawn("{% class_badge scheme key %}", scheme=Scheme(), key="<b>")
    assert "<b>" not in badge


def test_share_bar_stays_inside():
    assert 'width="42.00"' in drawn("{% share_bar 0.42 %}")
    assert 'width="100.00"' in drawn("{% share_bar 1.7 %}")
    assert 'width="0.00"' in drawn("{% share_bar None %}")
