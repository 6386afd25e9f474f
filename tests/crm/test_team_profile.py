import pytest
from django.urls import reverse

from cast import PASSWORD

PROFILE = reverse("team:profile")


def test_language_follows_the_user(sign_in, carol):
    browser = sign_in(carol)
    browser.post(reverse("team:preferences"), {"language": "zh-hans", "theme": "dark"})
    page = browser.get(PROFILE, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="zh-Hans"' in page
    assert 'data-bs-theme="dark"' in page
    assert "个人资料" in page


def test_switch_of_the_top_bar(sign_in, carol, client):
    browser = sign_in(carol)
    answer = browser.post(reverse("set_language"), {"language": "zh-hans", "next": PROFILE})
    assert answer.url == PROFILE
    carol.refresh_from_db()
    assert carol.language == "zh-hans"
    client.post(reverse("set_language"), {"language": "zh-hans"})
    assert "登录" in client.get(reverse("account_login")).content.decode()


def test_unknown_language_changes_nothing(sign_in, carol):
    sign_in(carol).post(reverse("set_language"), {"language": "xx"})
    carol.refresh_from_db()
    assert carol.language == ""


@pytest.mark.parametrize(("theme", "status"), [("dark", 204), ("pink", 422)])
def test_theme(sign_in, carol, theme, status):
    answer = sign_in(carol).post(reverse("team:theme"), {"theme": theme})
    assert answer.status_code == status
    carol.refresh_from_db()
    assert carol.theme == ("dark" if status == 204 else "auto")
    assert carol.history.count() == 1


def test_theme_of_a_visitor_comes_from_the_cookie(client, db):
    client.cookies["kefen_theme"] = "dark"
    page = client.get(reverse("account_login")).content.decode()
    assert 'data-bs-theme="dark"' in page
    client.cookies["kefen_theme"] = '"><script>'
    assert "<script>" not in client.get(reverse("account_login")).content.decode()


def test_changing_the_password_keeps_the_session(sign_in, carol):
    browser = sign_in(carol)
    url = reverse("team:password")
    answer = browser.post(url, {"old": PASSWORD, "new": "tall-green-tree"})
    assert answer.status_code == 302
    carol.refresh_from_db()
    assert carol.check_password("tall-green-tree")
    assert browser.get(PROFILE).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "tall-green-tree", "old"), (PASSWORD, "123", "new")],
)
def test_refused_password(sign_in, carol, old, new, field):
    answer = sign_in(carol).post(reverse("team:password"), {"old": old, "new": new})
    assert answer.status_code == 422
    assert field in answer.context["password"].errors
    carol.refresh_from_db()
    assert carol.check_password(PASSWORD)
