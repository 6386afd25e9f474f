"""Who may see and do what in the imports room, the list, and the templates."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from import_steps import checked, landed, uploaded

import kefen
from kefen_crm.imports.actions import (
    remove,
    request_check,
    request_landing,
    request_undo,
    understand_as,
    upload,
)
from kefen_crm.imports.models import Import
from kefen_crm.imports.tasks import keep_up

LIST = reverse("imports:list")
READS = ("detail", "progress", "undo", "source")
WRITES = ("understand", "mapping_state", "check", "land", "undo", "remove", "forget_mapping")


def addresses(pk):
    pages = [reverse(f"imports:{name}", args=[pk]) for name in (*READS, *WRITES)]
    files = [reverse("imports:rejections", args=[pk, form]) for form in ("xlsx", "csv")]
    return [
        LIST,
        reverse("imports:new"),
        reverse("imports:template", args=["orders"]),
        *pages,
        *files,
    ]


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_sellers_and_readers_may_not_import(who, request, sign_in, bob, ledger):
    record = landed(bob)
    browser = sign_in(request.getfixturevalue(who))
    for address in addresses(record.pk):
        wanted = browser.get(address).status_code, browser.post(address).status_code
        assert set(wanted) <= {403, 405}, address
        assert 403 in wanted, address
    assert ledger.count("orders") == 2


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_no_action_is_for_them(who, request, bob, ledger):
    outsider, record = request.getfixturevalue(who), checked(bob)
    acts = [
        lambda: upload(outsider, io.BytesIO(b"a")),
        lambda: understand_as(outsider, record.pk, "orders", ""),
        lambda: request_check(outsider, record.pk, {}),
        lambda: request_landing(outsider, record.pk),
        lambda: request_undo(outsider, record.pk),
        lambda: remove(outsider, record.pk),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()


def test_signed_out_one_is_sent_to_sign_in(client, bob, ledger):
    record = uploaded(bob)
    for address in addresses(record.pk):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


def test_another_importer_may_go_on_with_it(sign_in, alice, bob, ledger):
    record = checked(bob)
    assert sign_in(alice).get(record.get_absolute_url()).status_code == 200
    assert request_landing(alice, record.pk).by == alice


def test_nothing_yet_offers_templates(sign_in, bob, ledger):
    page = sign_in(bob).get(LIST).content.decode()
    assert "Start from a template" in page
    assert reverse("imports:template", args=["payments"]) in page


@pytest.mark.parametrize(("lang", "heading"), [("zh", "客户编号"), ("en", "Customer ID")])
def test_a_template_is_read_as_its_kind(lang, heading, sign_in, bob, ledger, tmp_path):
    answer = sign_in(bob).get(reverse("imports:template", args=["orders"]), {"lang": lang})
    path = tmp_path / "template.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    preview = ledger.inspect(path)
    assert preview.kind == "orders"
    assert any(heading in known for known in preview.headings)
    unknown = reverse("imports:template", args=["nonsense"])
    assert sign_in(bob).get(unknown).status_code == 404


def test_the_list_takes_few_queries(sign_in, bob, ledger, django_assert_max_num_queries):
    for number in range(5):
        landed(bob, text=f"客户名称,下单日期,金额\n甲{number},2025-01-03,1\n")
    browser = sign_in(bob)
    page = browser.get(LIST).content.decode()
    assert page.count("orders.csv") == 5
    with django_assert_max_num_queries(12):
        browser.get(LIST)


def test_imports_of_the_shell_are_in_the_list(sign_in, bob, ledger, tmp_path):
    path = tmp_path / "shell.csv"
    path.write_text("客户名称,下单日期,金额\n甲,2025-01-03,1\n乙,x,1\n", encoding="utf-8")
    batch = ledger.load(path, by="Bob 李")
    browser = sign_in(bob)
    keep_up(0)
    keep_up(0)
    record = Import.objects.get()
    assert (record.name, record.kind, record.by) == ("shell.csv", "orders", bob)
    assert record.batch_id == batch.id
    assert not record.history.exists()
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "“x” is not a date" in page
    assert "Undo" in page


def test_taken_back_in_the_shell_is_undone_here(sign_in, bob, ledger, settings):
    record = landed(bob)
    kefen.open(settings.KEFEN_DATA).undo(record.batch_id)
    keep_up(0)
    record.refresh_from_db()
    assert record.status == Import.Status.UNDONE


def test_an_unfinished_landing_is_not_taken_for_another_import(sign_in, bob, ledger, settings):
    record = checked(bob)
    request_landing(bob, record.pk)
    ledger.load(record.path, "orders", record.mapping)
    keep_up(0)
    assert Import.objects.count() == 1


def test_both_languages(sign_in, bob, ledger):
    bob.language = "zh-hans"
    bob.save()
    page = sign_in(bob).get(landed(bob).get_absolute_url()).content.decode()
    assert "2 行已在账本中" in page
    assert "“昨天”不是日期" in page
