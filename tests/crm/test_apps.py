"""An app that only this folder knows, `sample_visits`, is on every page by what it declares."""

import importlib
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from api_client import Program
from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.template.utils import get_app_template_dirs
from django.urls import clear_url_caches, reverse

from jobs import work_off
from kefen_crm.customers.models import Customer
from kefen_crm.platform import clock
from kefen_crm.platform.models import Notification
from kefen_crm.platform.registry import Plugin, check, permissions, plugins
from kefen_crm.site import urls
from kefen_crm.site.api import service
from kefen_crm.site.api import urls as api_urls


def mount():
    """Read the addresses of the installed apps anew."""
    for module in (service, api_urls, urls):
        importlib.reload(module)
    clear_url_caches()


def install(config):
    """As if it stood in `INSTALLED_APPS`, which apps of others do not survive being changed."""
    config.apps = apps
    apps.app_configs[config.label] = config
    config.import_models()
    forget()


def forget():
    """Look anew for what the installed apps have."""
    apps.clear_cache()
    get_app_template_dirs.cache_clear()
    mount()


@pytest.fixture
def sample_visits(db):
    """The app, installed, with its table; gone afterwards."""
    install(AppConfig.create("sample_visits"))
    visit = apps.get_model("sample_visits", "Visit")
    with connection.schema_editor() as editor:
        editor.create_model(visit)
    yield visit
    del apps.app_configs["sample_visits"]
    forget()


@pytest.fixture
def visited(graded, sample_visits):
    """Carol's customer C1 was visited on the second of May."""
    customer = Customer.objects.get(code="C1")
    return sample_visits.objects.create(customer=customer, on="2025-05-02", note="Saw the new line")


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_menu_and_page_are_for_whom_the_app_permits(visited, bob, carol, sign_in):
    page = reverse("sample_visits:list")
    assert f'href="{page}"' in text(sign_in(carol).get("/"))
    assert "Saw the new line" in text(sign_in(carol).get(page))
    client = sign_in(bob)
    assert f'href="{page}"' not in text(client.get("/"))
    assert client.get(page).status_code == 403
    assert (carol.can["log_sample_visits"], bob.can["log_sample_visits"]) == (True, False)


def test_the_customers_page_has_its_panel(visited, carol, sign_in):
    client = sign_in(carol)
    page = text(client.get(reverse("customers:detail", args=["C1"])))
    assert "2025-05-02: Saw the new line at 上海明达贸易有限公司" in page
    assert "<p>2025" not in text(client.get(reverse("customers:detail", args=["C3"])))


def test_the_first_page_has_its_tile_and_what_needs_attention(visited, carol, sign_in):
    page = sign_in(carol).get("/")
    assert "Visits so far: 1" in text(page)
    [item] = [one for one in page.context["attention"] if one.title == "1 not visited"]
    listed = sign_in(carol).get(item.url).context["table"].page.object_list
    assert [row.record.code for row in listed] == ["C3"]


def test_attention_needs_no_graded_scheme(sample_visits, ledger, bob, sign_in):
    Customer.objects.create(code="N1", name="Newcomer")
    page = sign_in(bob).get("/")
    assert [one.title for one in page.context["attention"]] == [
        "1 customer has nobody who looks after it",
        "1 not visited",
    ]
    assert "Welcome to Kefen" in text(page)
    assert "Visits so far: 0" in text(page)


def test_the_search_finds_its_things(visited, carol, sign_in):
    assert "Saw the new line" in text(sign_in(carol).get(reverse("search"), {"q": "new line"}))


def test_the_list_has_its_filter_and_column(visited, bob, sign_in):
    client = sign_in(bob)
    answer = client.get(reverse("customers:list"), {"visited": "ever"})
    [row] = answer.context["table"].page.object_list
    titles = [str(column.header) for column in answer.context["table"].columns]
    assert (row.record.code, "Last visit" in titles) == ("C1", True)
    assert "Visited never" in text(answer)
    rest = client.get(reverse("customers:list"), {"visited": "never", "class": "abc:C"})
    codes = {one.record.code for one in rest.context["table"].page.object_list}
    assert codes == {"C3", "C5"}
    nobody = client.get(reverse("customers:list"), {"visited": "perhaps"})
    assert nobody.context["totals"]["customers"] == 0
    hidden = client.get(reverse("customers:list"), {"columns": "1", "column": "sales"})
    titles = [str(column.header) for column in hidden.context["table"].columns]
    assert "Last visit" not in titles
    export = client.get(reverse("customers:export", args=["csv"]), {"visited": "ever"})
    lines = b"".join(export.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[-1] == "Last visit"
    assert lines[1].split(",")[-1] == "2025-05-02"


def test_the_api_has_its_router(visited, carol, bob):
    told = [{"customer": "C1", "note": "Saw the new line"}]
    assert Program(carol).get("/sample_visits") == told
    assert Program(bob).get("/sample_visits", 403)["code"] == "not-permitted"
    assert "/api/v1/sample_visits" in Program().get("/openapi.json")["paths"]


def test_the_bar_and_the_settings_have_its_parts(visited, alice, sign_in):
    client = sign_in(alice)
    assert "1 on the road" in text(client.get("/"))
    assert "Routes of sample_visits" in text(client.get(reverse("operations:settings")))


def test_its_rules_are_published_and_the_clock_keeps_them(visited, alice, carol, sign_in):
    client = sign_in(alice)
    assert "Owners go" in text(client.get(reverse("rules:list")))
    form = {"rule0-name": "All", "rule0-working_days": "60", "act": "save"}
    client.post(reverse("rules:draft", args=["sample_visit_gap"]), form)
    page = text(client.get(reverse("rules:preview", args=["sample_visit_gap"])))
    assert "<strong>3</strong> of 5 customers" in page
    client.post(reverse("rules:publish", args=["sample_visit_gap"]), {"reason": "To be seen"})
    # C1 was visited on 2025-05-02. The 60 working days after are those from the 6th of May to the
    # 29th of July: 61 weekdays less the Dragon Boat Festival.
    for day, due in ((29, 2), (30, 3), (31, 3)):
        clock.tick(datetime(2025, 7, day, 1, tzinfo=UTC))
        work_off("platform")
        assert Notification.objects.filter(kind="sample_visit.due").count() == due
    mine = text(sign_in(carol).get(reverse("notifications:list")))
    assert "Go and see 上海明达贸易有限公司" in mine
    assert "A visit is due" in text(client.get(reverse("notifications:settings")))


def test_gone_with_its_folder(db):
    """What the tests above installed is not there without them."""
    assert "log_sample_visits" not in permissions()
    assert "/api/v1/sample_visits" not in Program().get("/openapi.json")["paths"]


def test_the_page_on_apps_names_everything_that_can_be_declared():
    page = (Path(__file__).parents[2] / "docs" / "apps.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [one.name for one in fields(Plugin)]


def test_no_two_apps_number_their_facts_alike():
    of = [{feed.prefix for feed in plugin.feeds if feed.prefix} for plugin in plugins()]
    assert sum(map(len, of)) == len(set().union(*of))


def test_what_two_apps_declare_or_none_does_is_named():
    """A start ends with a sentence, where a part would be hidden or stand for another."""
    visits, tags = (
        importlib.import_module("sample_visits.plugin").PLUGIN,
        importlib.import_module("kefen_crm.tags.plugin"),
    )
    mine = tags.PLUGIN.filters[0].name
    alike = replace(visits, filters=(replace(visits.filters[0], name=mine),))
    told = f"'{mine}' in `filters`"
    with pytest.raises(ImproperlyConfigured, match=f"tags and visits both declare {told}"):
        check({"tags": tags.PLUGIN, "visits": alike})
    entry = replace(visits.menu[0], permit="log_visit")
    mistyped = replace(visits, menu=(entry,))
    with pytest.raises(ImproperlyConfigured, match="visits asks for the permit 'log_visit'"):
        check({"visits": mistyped})
    check({"visits": visits})
