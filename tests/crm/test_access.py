"""Every address × every role, against `access_table.py`: whoever may is served, others refused.

The addresses come from the site itself. One that is new and has no line there fails here.
"""

import copy
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import polars as pl
import pytest
from access_table import LINES, NOBODY, NOTED, ROLES, File
from allauth.usersessions.models import UserSession
from api_client import Program
from data_directory import Snapshot
from django.conf import settings
from django.contrib.messages import ERROR, get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils.timezone import localdate, now
from grading import wording
from import_steps import checked, landed

import kefen
from cast import person
from kefen_crm.activities.actions import log, plan
from kefen_crm.articles.actions import publish as publish_article
from kefen_crm.articles.actions import write as write_article
from kefen_crm.campaigns.actions import freeze
from kefen_crm.campaigns.actions import save as save_campaign
from kefen_crm.campaigns.models import Member
from kefen_crm.care.models import Care
from kefen_crm.class_contracts.actions import object_to
from kefen_crm.connectors.actions import add as add_connector
from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.credit.models import CreditException, CreditHold
from kefen_crm.custom_fields.actions import define
from kefen_crm.customer_files.actions import add as add_file
from kefen_crm.customer_links.actions import link
from kefen_crm.customer_pages.models import BulkChange, SavedView
from kefen_crm.customers.actions import create, edit
from kefen_crm.customers.models import Customer
from kefen_crm.dunning.models import Step
from kefen_crm.duplicates.actions import merge
from kefen_crm.duplicates.models import Pair
from kefen_crm.evaluation.models import Study
from kefen_crm.facts.models import FactWrite
from kefen_crm.gateway import previewing
from kefen_crm.grading import actions
from kefen_crm.grading.api.schemes import EXAMPLE
from kefen_crm.holdings.models import Leave, Pool, PoolEntry, Transfer
from kefen_crm.holdout.models import HoldoutYear
from kefen_crm.key_accounts import contracts, plans
from kefen_crm.key_accounts.actions import mark as mark_key_account
from kefen_crm.key_accounts.tenders import open_tender
from kefen_crm.leads.actions import drop as drop_lead
from kefen_crm.leads.actions import note as note_lead
from kefen_crm.leads.learning import fit
from kefen_crm.leads.models import LeadModel
from kefen_crm.loyalty import actions as loyalty
from kefen_crm.loyalty.coupons import gift
from kefen_crm.loyalty.programme import POINTS, REWARDS
from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.needs.actions import save_need, save_talk
from kefen_crm.noted_facts.actions import note
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.opportunities.actions import lose, open_opportunity
from kefen_crm.opportunities.stages import begin
from kefen_crm.outreach.actions import save_template, suppress
from kefen_crm.outreach.actions import write as write_to
from kefen_crm.outreach.models import Message, Sender
from kefen_crm.planning.actions import make as make_plan
from kefen_crm.platform import rules
from kefen_crm.platform.api.problems import MEDIA_TYPE
from kefen_crm.platform.models import Confirmation, Event, Notification, RuleDocument
from kefen_crm.platform.stored_files import stored
from kefen_crm.playbooks.reading import how_tos
from kefen_crm.playbooks.spending import note as note_spend
from kefen_crm.public_forms.actions import renew as address_of
from kefen_crm.public_forms.actions import save as set_up_form
from kefen_crm.public_forms.models import Submission
from kefen_crm.quality.models import InvalidValue, Mending
from kefen_crm.quotes import actions as quotes
from kefen_crm.receivables import applying
from kefen_crm.receivables.actions import dispute, promise
from kefen_crm.receivables.models import OpenInvoice, Payer, Refreshed
from kefen_crm.recommendations.models import CustomerOffers, Learned
from kefen_crm.rules.actions import publish, save
from kefen_crm.site.api.service import api
from kefen_crm.surveys.actions import ask
from kefen_crm.surveys.actions import save as save_survey
from kefen_crm.surveys.question_actions import save_question
from kefen_crm.tags.models import Tag
from kefen_crm.team.actions import create_token, create_user, digest, set_active
from kefen_crm.team.models import Department
from kefen_crm.team.roles import Role
from kefen_crm.tickets.actions import open_ticket, solve
from kefen_crm.tickets.cause_changes import note_change
from kefen_crm.tickets.linking import link as link_tickets
from kefen_crm.tickets.reply_actions import save_reply
from kefen_crm.uplift.models import Learning
from kefen_crm.webhooks.actions import add as add_webhook
from kefen_crm.webhooks.actions import test as try_webhook

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_A_LIBRARY = ("account_", "mfa_")
"""Pages of allauth, which takes care of its methods."""
DAY = date(2026, 1, 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CONFIRMATION = {"job": "activities.rhythm", "rule": "contact_gap", "day": date(2099, 1, 1),
                "touching": 80, "population": 90}  # fmt: skip
CALL = {"kind": "call", "answered": True}
AGREED = {"before": {"classes": []}, "after": {"classes": []}, "matrix": [], "text": {}}
RIVAL = {"told": {"agreement": AGREED, "backtest": {"schemes": [], "notes": []}}}
RULE = {"name": "All", "scope": {}}
ORDER = {"order_id": "X1", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "1"}


def walk(resolver, namespaces=(), before=""):
    """Every address of the site: its name and its route."""
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLPattern):
            yield ":".join([*namespaces, one.name or ""]), route
        else:
            inner = [*namespaces, one.namespace] if one.namespace else namespaces
            yield from walk(one, inner, route)


ROUTES = dict(walk(get_resolver()))
del ROUTES[""]  # what is no address of the API
HOW = "Say in tests/crm/access_table.py who may: a line with a valid body."


def test_every_role_has_a_letter():
    assert set(ROLES.values()) == set(Role.values), "tests/crm/access_table.py names every role"


def test_every_operation_of_the_api_has_its_line():
    said = {(line.method, line.name) for line in LINES}
    there = {
        (method.upper(), f"api:{operation['operationId']}")
        for methods in api.get_openapi_schema()["paths"].values()
        for method, operation in methods.items()
    }
    lacking = [f"{method} {name}" for method, name in sorted(there - said)]
    assert not lacking, f"No line for {lacking}. {HOW}"


def test_every_address_has_its_line():
    lacking = sorted(set(ROUTES) - {line.name for line in LINES})
    assert not lacking, f"No line for {[f'{name} ({ROUTES[name]})' for name in lacking]}. {HOW}"


def test_every_line_is_of_an_address():
    gone = sorted({line.name for line in LINES} - set(ROUTES))
    assert not gone, f"There is no address {gone}: take its lines out of tests/crm/access_table.py."


@pytest.fixture
def cast(alice, bob, carol, erin):
    others = {letter: person(ROLES[letter], ROLES[letter], ROLES[letter]) for letter in "cf"}
    return {"r": erin, "s": carol, **others, "m": bob, "a": alice}


def merged(manager, owner):
    """Two new customers of somebody, of which one was merged into the other."""
    names = [{"name": f"Twin {owner.pk} {number}", "owner": str(owner.pk)} for number in (1, 2)]
    one, other = (create(manager, values) for values in names)
    return merge(manager, one, [other]).pk


def promised(manager, customer):
    """Something spent on a customer whom a playbook holds for."""
    kind = rules.kinds()["playbook"]
    rising = {"title": "Welcome", "how": "Thank."}
    save(manager, kind, {"rules": [{"name": "A", "hours": 4, "rising": rising}]})
    publish(manager, kind, "Because")
    spend = note_spend(manager, customer, kind="support", on=localdate())
    return {"spend": spend.pk, "play": how_tos(manager)[0].digest}


@pytest.fixture
def things(graded, cast, settings, dave):
    """What the table's lines are about: the name in braces and its number."""
    settings.MEDIA_ROOT = settings.KEFEN_DATA / "uploads"
    manager, abc = cast["m"], graded["abc"].scheme
    batch = Program(manager).post("/facts/orders?source=till", [ORDER], 201)["id"]
    actions.publish(manager, wording(abc, title={"zh": "一", "en": "One"}), "Better")
    Customer.objects.create(code="A1", name="Gone", owner=cast["s"], archived=True)
    pooled = Customer.objects.create(code="P1", name="Free")
    pool = Pool.objects.create(name="Pool")
    PoolEntry.objects.create(customer=pooled, pool=pool, why="put")
    customers = {one.code: one for one in Customer.objects.all()}
    for code in ("C1", "C2"):
        edit(manager, customers[code], {"city": "北京"})
        mark_key_account(manager, customers[code])
    kind = rules.kinds()["contact_gap"]
    for days in (10, 20):
        save(manager, kind, {"rules": [RULE | {"working_days": days}]})
        publish(manager, kind, "Because")
    save(manager, kind, {"rules": [RULE | {"working_days": 30}]})
    save(manager, rules.kinds()["dunning"], {"rules": []})
    frank = create_user(None, username="frank", password="x", role=Role.REP)
    leaver = create_user(None, username="grace", password="x", role=Role.REP)
    set_active(cast["a"], leaver, active=False)
    robot = create_user(None, username="robot", role=Role.REP, service=True)
    answer = {"pictures": {"gains": {}}}
    finished = {"kind": Study.Kind.BACKTEST, "status": Study.Status.FINISHED, "result": answer}
    return {
        "run": graded["abc"].pk,
        "other_run": graded["rfm"].pk,
        "document": json.dumps(abc.current.document),
        "wording": wording(abc),
        "new_document": EXAMPLE,
        "draft": actions.save_draft(manager, wording(abc), "").pk,
        "override": actions.set_override(manager, customers["C1"], abc, "B", "Signed").pk,
        "other_override": actions.set_override(manager, customers["C2"], abc, "A", "Signed").pk,
        "noted": noted(manager, customers["C1"]),
        "other_noted": noted(manager, customers["C2"]),
        **owing(manager, customers),
        **asking(manager, customers),
        **selling(manager, customers),
        **led(manager, cast["s"]),
        **quoted(cast["s"], manager, customers),
        **bound(manager, customers),
        **dunned(customers),
        **credited(customers["C1"].owner, customers),
        **surveyed(manager, customers["C4"]),
        **written_down(manager),
        **mailed(),
        **open_form(cast["a"]),
        **researched(manager),
        **written_to(manager, customers),
        **promised(manager, customers["C1"]),
        **campaigned(manager),
        "learning": learned(manager),
        "saved_plan": make_plan(manager, "P", hours=9, stated=STATED).pk,
        **rewarded(manager, customers["C1"], customers["C2"]),
        "contact": add_contact(manager, customers["C1"], {"name": "王芳"}).pk,
        "other_contact": add_contact(manager, customers["C2"], {"name": "李雷"}).pk,
        "pair": Pair.objects.create(first=customers["C1"], second=customers["C3"]).pk,
        "other_pair": Pair.objects.create(first=customers["C1"], second=customers["C2"]).pk,
        "merge": merged(manager, cast["s"]),
        "other_merge": merged(manager, dave),
        "custom_field": define(manager, {"key": "level", "name_en": "Level", "kind": "text"}).key,
        **offered(customers),
        "objection": object_to(manager, customers["C1"], graded["rfm"].scheme, "Wrong").pk,
        "link": link(manager, customers["C1"], customers["C3"], "affiliate").pk,
        "other_link": link(manager, customers["C2"], customers["C4"], "payer").pk,
        "file": add_file(manager, customers["C1"], "a.pdf", b"%PDF-1.4").pk,
        "other_file": add_file(manager, customers["C2"], "a.pdf", b"%PDF-1.4").pk,
        "mending": Mending.objects.create(name="phone", by=manager).pk,
        "odd": odd_phone(customers["C3"]),
        **hooked(cast["a"]),
        "bob": manager.pk,
        "activity": log(cast["s"], customers["C1"], CALL).pk,
        "other_activity": log(manager, customers["C2"], CALL).pk,
        "task": plan(cast["s"], customers["C1"], {"due_on": date(2099, 1, 1)}).pk,
        "other_task": plan(manager, customers["C2"], {"due_on": date(2099, 1, 1)}).pk,
        "pool": pool.pk,
        "empty_pool": Pool.objects.create(name="Nobody's").pk,
        "leave": Leave.objects.create(user=frank, first=DAY, last=DAY).pk,
        "transfer": Transfer.objects.create(kind="recycled", day=DAY).pk,
        "old_transfer": Transfer.objects.create(kind="recycled", day=DAY, at=LONG_AGO).pk,
        "study": Study.objects.create(kind=Study.Kind.READINESS).pk,
        "rivalled": Study.objects.create(
            **finished | {"kind": Study.Kind.RIVAL, "result": RIVAL}
        ).pk,
        "answered": Study.objects.create(**finished).pk,
        "department": Department.objects.create(name="South").pk,
        "frank": frank.pk,
        "tag": Tag.objects.create(name="Show").pk,
        "frank_view": saved_view(frank),
        "frank_change": changed_many(frank),
        "frank_token": create_token(frank, "till")[0].pk,
        "frank_session": session_of(frank),
        "confirmation": Confirmation.objects.create(**CONFIRMATION).pk,
        "frank_notification": notified(frank),
        "leaver": leaver.pk,
        "robot": robot.pk,
        "batch": batch,
        "write": FactWrite.objects.get().pk,
        "checked": checked(manager).pk,
        "landed": landed(manager, "客户编号,下单日期,金额\nC4,2025-03-03,10\n").pk,
    }


def offered(customers):
    """Something that two customers may be offered."""
    told = {"kind": "again", "better": True, "text": {}}
    Learned.objects.create(as_of=DAY, ledger_version=1, judged=[told])
    offer = {"item": "Ink", "kind": "again", "score": 0.5, "data": {}, "text": {}}
    for code in ("C1", "C2"):
        CustomerOffers.objects.create(customer=customers[code], offers=[offer])
    return {}


def hooked(admin):
    """A webhook, something to be sent to it, and a connector."""
    hook = add_webhook(admin, {"url": "https://erp.example.com/kefen"})
    drop = add_connector(admin, {"title": "Drop", "source": "folder"})
    posted_to = add_connector(admin, {"title": "ERP", "source": "webhook"}).pk
    place = {"host": "sftp.example.com", "user": "kefen"}
    given = {"title": "SFTP", "source": "sftp", "settings": place, "secret": "x"}
    host = add_connector(admin, given)
    why = {"code": "host-key", "data": {"fingerprint": "SHA256:x"}}
    host.fetches.create(outcome="failed", told={"why": why}, began=now())
    delivery = try_webhook(admin, hook).pk
    return {
        "webhook": hook.pk, "delivery": delivery, "connector": drop.pk, "posted_to": posted_to,
        "unknown_host": host.pk,
    }  # fmt: skip


def noted(by, customer):
    """A fact that an import brought, too."""
    fact = note(by, customer, "orders", NOTED)
    NotedFact.objects.filter(pk=fact.pk).update(same_as="O1")
    return fact.pk


def odd_phone(customer):
    """A number that is none, with what was probably meant."""
    Customer.objects.filter(pk=customer.pk).update(phone="l3800138000")
    values = {"field": "phone", "value": "l3800138000", "proposed": "13800138000"}
    InvalidValue.objects.create(customer=customer, **values)
    return customer.pk


def owing(by, customers):
    """Invoices that are open, promises and disputes; by their names in the table."""
    Refreshed.objects.create(as_of=localdate(), ledger_version=1, billed=100)
    made = {"application": loose_payment(by, customers["C1"])}
    for prefix, code in (("", "C1"), ("other_", "C2")):
        owes = {"customer": customers[code], "issued_on": DAY}
        for number in ("i0", "i1"):
            OpenInvoice.objects.create(number=number, open=10, **owes)
        made[f"{prefix}promise"] = promise(by, customers[code], Decimal(5), localdate()).pk
        made[f"{prefix}dispute"] = dispute(by, customers[code], "i0", "Broken").pk
    return made


def asking(by, customers):
    """Tickets, one of them solved; by their names in the table."""
    said = {"title": "Late", "text": "Where is it?", "kind": "question"}
    made = [open_ticket(by, customers[code], said) for code in ("C1", "C2", "C1", "C1")]
    solve(by, made[2], text="There", cause="Rust")
    change = note_change(by, "Rust", "Other oil", date(2026, 1, 2)).pk
    names = ("ticket", "other_ticket", "solved_ticket", "second_ticket")
    found = {name: one.pk for name, one in zip(names, made, strict=True)}
    linked = link_tickets(by, made[0], "related", made[2]).pk
    reply = save_reply(by, None, {"name": "Thanks", "body_en": "Dear customer"}).pk
    return {**found, "cause_change": change, "ticket_link": linked, "reply_template": reply}


def selling(by, customers):
    """A stage and opportunities, one of them lost; by their names in the table."""
    begin()
    said = {"title": "Line", "amount": Decimal(5)}
    made = [open_opportunity(by, customers[code], said) for code in ("C1", "C2", "C1")]
    lose(by, made[2], {"reason": "price"})
    names = ("opportunity", "other_opportunity", "lost_opportunity")
    told = {name: one.pk for name, one in zip(names, made, strict=True)}
    return told | {"stage": made[0].stage_id}


def led(manager, seller):
    """Leads of a seller, one of them dropped, and one of the manager; by their names."""
    who = {"lead": seller, "dropped_lead": seller, "other_lead": manager}
    made = {name: note_lead(one, {"name": name}) for name, one in who.items()}
    drop_lead(manager, made["dropped_lead"], "no_need")
    learned = LeadModel.objects.create(
        status="finished", document=fit([{"source": "call"}] * 30, [True] * 5 + [False] * 25)
    )
    return {name: one.pk for name, one in made.items()} | {"lead_model": learned.pk}


def quoted(seller, manager, customers):
    """Quotes of a seller in each state, and one of the manager; by their names in the table."""
    RuleDocument.objects.create(
        kind="discount_ceiling", version=1, document={"rules": [{"name": "All", "percent": 10}]},
        state="published",
    )  # fmt: skip
    line = {"product": "Oil", "quantity": "2", "list_price": "5", "price": "5"}
    offers = {"quote": "5", "dear_quote": "4", "asked_quote": "4", "sent_quote": "5"}
    made = {
        name: quotes.make(
            seller, customers["C1"], {"title": name, "lines": [line | {"price": price}]}
        )
        for name, price in offers.items()
    }
    quotes.ask(seller, made["asked_quote"], "x")
    quotes.send(seller, made["sent_quote"])
    for name in ("other_quote", "other_sent_quote"):
        made[name] = quotes.make(manager, customers["C2"], {"title": name, "lines": [line]})
    quotes.send(manager, made["other_sent_quote"])
    return {name: one.pk for name, one in made.items()}


def bound(by, customers):
    """Tenders, contracts, steps and goals of two customers; by their names in the table."""
    said = {"title": "Line", "due_at": datetime(2099, 1, 1, tzinfo=UTC)}
    said |= {"checklist": [{"text": "Licence", "done": False}]}
    term = {"title": "Frame", "begins_on": DAY, "ends_on": date(2099, 1, 1)}
    made = {"drafted_contract": contracts.note(by, customers["C1"], term | {"draft": True}).pk}
    for prefix, code in (("", "C1"), ("other_", "C2")):
        made[f"{prefix}tender"] = open_tender(by, customers[code], said).pk
        made[f"{prefix}contract"] = contracts.note(by, customers[code], term).pk
        made[f"{prefix}buying_step"] = plans.add_step(by, customers[code], {"title": "Buyer"}).pk
        made[f"{prefix}plan_item"] = plans.add_item(by, customers[code], {"text": "First"}).pk
    return made


def loose_payment(by, customer):
    """A payment that names no invoice, half of it applied, beside an invoice of the ledger."""
    Payer.objects.create(customer=customer, outstanding=20, overdue=0)
    today = localdate().isoformat()
    with kefen.open(settings.KEFEN_DATA) as ledger:
        invoice = {"invoice_id": "INV1", "customer_id": "C1", "issued_on": today, "amount": "50"}
        paid = {"payment_id": "SK1", "customer_id": "C1", "paid_on": today, "amount": "20"}
        ledger.load(pl.DataFrame([invoice]), kind="invoices")
        ledger.load(pl.DataFrame([paid]), kind="payments")
        person = {"contact_id": "IC1", "customer_id": "C1", "name": "Li"}
        ledger.load(pl.DataFrame([person]), kind="contacts")
    payment = applying.apply(by, "SK1", "INV1", Decimal(10))
    return payment.applications.get().pk


def dunned(customers):
    """Steps of dunning by their names in the table: proposed, approved and perhaps sent."""
    told = {"level": "reminder", "channel": "print", "rule": "x", "language": "en"}
    told |= {"proposed_on": DAY, "amount": 10, "days_late": 9, "text": "Pay"}
    names = {"step": "proposed", "ready_step": "approved", "unsure_step": "unsure"}
    made = {
        name: Step.objects.create(customer=customers["C1"], state=state, **told).pk
        for name, state in names.items()
    }
    return made | {"other_step": Step.objects.create(customer=customers["C2"], **told).pk}


def credited(by, customers):
    """An exception that waits and a hold of each customer; by their names in the table."""
    made = {}
    for prefix, code in (("", "C1"), ("other_", "C2")):
        asked = {"until": localdate(), "reason": "x", "limit": 5, "by": by}
        one = CreditException.objects.create(customer=customers[code], **asked)
        made[f"{prefix}exception"] = one.pk
        held = CreditHold.objects.create(customer=customers[code], reason="x", by=by)
        made[f"{prefix}hold"] = held.pk
    return made


def researched(by):
    """A need, and a talk about it with C1 and with C2."""
    need = save_need(by, None, {"title_zh": "需求", "title_en": "Need"}).pk
    said = {"kind": "interview", "held_on": localdate(), "text": "x", "needs": [need]}
    talks = [save_talk(by, None, {**said, "customers": [code]}).pk for code in ("C1", "C2")]
    return {"need": need, "talk": talks[0], "other_talk": talks[1]}


def mailed():
    """A mailbox, and a mail of a sender nobody knows."""
    box = Mailbox.objects.create(address="h@k.cn", host="k.cn", account="h", secret="x")
    path = stored(b"From: a@b.cn\n\nHello", "mails")
    told = {"message_id": "1", "outcome": "waits", "at": now(), "path": path}
    return {
        "mailbox": box.pk,
        "mail": Mail.objects.create(mailbox=box, validity=1, uid=1, **told).pk,
    }


def open_form(by):
    """A public form with its address, and what somebody sent whom nobody knows."""
    titles = {"title_zh": "联系", "title_en": "Contact"}
    form = set_up_form(by, None, {**titles, "active": True})
    said = {"name": "Li", "reach": "li@b.cn", "subject": "A", "text": "Hello"}
    sent = Submission.objects.create(form=form, at=now(), outcome="waits", **said)
    return {"public_form": form.pk, "sent_form": sent.pk, "form_address": address_of(by, form)}


def written_down(by):
    """An article that customers read, its code, and a draft."""
    texts = {"title_zh": "报警", "body_zh": "请重启。", "public": True}
    article, draft = (write_article(by, None, texts) for _each in range(2))
    publish_article(by, article)
    return {"article": article.pk, "article_code": article.code, "draft_article": draft.pk}


def surveyed(by, customer):
    """A survey, and the secret part of an address at which somebody may answer."""
    said = {"kind": "csat", "title": "T", "question_zh": "?", "question_en": "?"}
    survey = save_survey(by, None, said)
    why = {"kind": "text", "text_zh": "?", "text_en": "?"}
    return {
        "survey": survey.pk,
        "question": save_question(by, survey, None, why).pk,
        "answered_address": ask(by, survey, customer)[1],
    }


def written_to(by, customers):
    """A template by hand, a message of it to each customer, an address and a sender."""
    words = {"name": "T", "channel": "hand", "purpose": "service", "body_zh": "您好"}
    template = save_template(by, None, words)
    made = {
        name: write_to(by, template, customers[code]).pk
        for name, code in (("message", "C1"), ("other_message", "C2"))
    }
    Message.objects.filter(pk=made["message"]).update(digest=digest("secret"), provider_id="p1")
    sender = Sender.objects.create(name="R", kind="wecom", url="https://x.example", by=by)
    return made | {
        "message_template": template.pk,
        "suppression": suppress(by, "email", "no@one.example").pk,
        "sender": sender.pk,
        "unsubscribing": "secret",
    }


STATED = {"A": {"hours": 1, "first": 100}}


def learned(by):
    """What campaigns taught, with classes to publish."""
    document = {
        "name": "uplift",
        "method": "rules",
        "title": {"zh": "响应", "en": "Response"},
        "window": "12m",
        "rules": [{"class": "persuadable", "when": {"indicator": "recency", "at_most": 60}}],
        "else": "alone",
        "classes": [
            {"key": key, "title": {"zh": key, "en": key}} for key in ("persuadable", "alone")
        ],
    }
    made = Learning.objects.create(
        campaigns=[],
        days=60,
        status="finished",
        by=by,
        result={"told": {}, "pictures": {"qini": {"empty": True}}, "document": document},
    )
    return made.pk


def campaigned(by):
    """A draft of a campaign, and one whose customers are drawn, each with a coupon."""
    steps = [{"day": 0, "kind": "task", "task": "call"}]
    draft = save_campaign(by, None, {"name": "D", "query": "class=abc:A", "steps": steps})
    other = {"name": "F", "steps": steps, "prefix": "F-", "query": "class=abc:A"}
    frozen = freeze(by, save_campaign(by, None, other))
    Member.objects.filter(campaign=frozen).update(treated=True, coupon="F-1")
    made = {"campaign": draft.pk, "frozen_campaign": frozen.pk, "campaign_coupon": "F-1"}
    year = HoldoutYear.objects.create(year=2020, percent=2, salt="s", drawn_on=date(2020, 1, 1))
    return made | {"care_rule": cared_for().rule, "holdout_year": year.year}


def cared_for():
    """An occasion of C1 that came too late."""
    day = date(2026, 1, 1)
    customer = Customer.objects.get(code="C1")
    about = {"rule": "Greet", "wording": 1, "occasion": "birthday", "why": "late"}
    return Care.objects.create(key="x", customer=customer, day=day, due_on=day, **about)


def rewarded(by, *members):
    """A programme with rewards; a change of points, a coupon and the own page of the first."""
    points = {"name": "All", "since": "2099-01-01"}
    rewards = {"name": "Mug", "points": 5}
    for kind, rule in ((POINTS, points), (REWARDS, rewards)):
        document = {"rules": [rule]}
        state = RuleDocument.State.PUBLISHED
        RuleDocument.objects.create(kind=kind, version=1, document=document, state=state, by=by)
    first, *_others = [loyalty.earn(by, one, points=1_000) for one in members]
    coupon = gift(by, members[0], "Mug", reason="Thanks")
    page = loyalty.open_page(by, members[0])[1]
    made = {"operation": first.pk, "coupon": coupon.pk, "coupon_code": coupon.code}
    return made | {"member_page": page}


def notified(user):
    return Notification.objects.create(user=user, kind="x", text="Told").pk


def changed_many(user):
    """Something that somebody did to many customers, to be undone."""
    detail = {"tag": 0, "customers": []}
    return BulkChange.objects.create(verb="tag", by=user, count=1, detail=detail).pk


def saved_view(user):
    return SavedView.objects.create(name="Mine", owner=user).pk


def session_of(user):
    """A browser in which somebody is signed in, by the number of its session."""
    client = Client()
    client.force_login(user)
    known = {"session_key": client.session.session_key}
    return UserSession.objects.get_or_create(user=user, ip="127.0.0.1", **known)[0].pk


class Visitor:
    """Asks as one person does on pages and by the API, or as nobody; what was done is undone."""

    def __init__(self, user, things, disk):
        self.client = Client(raise_request_exception=False)
        # What programs send waits for its turn: who may send it is asked, not how it lands.
        self.headers = {"Accept-Language": "en", "Prefer": "respond-async"}
        self.things, self.disk = dict(things), disk
        if user:
            self.things |= {
                "own_session": session_of(user),
                "own_token": create_token(user, "till")[0].pk,
                "own_notification": notified(user),
                "own_view": saved_view(user),
                "own_change": changed_many(user),
            }
            self.client.force_login(user)
            self.headers |= {"Authorization": Program(user).headers["Authorization"]}
        self.cookies = self.client.cookies

    def ask(self, line):
        with transaction.atomic():
            answer = self.sent(line)
            if answer.streaming:
                list(answer.streaming_content)
            transaction.set_rollback(True)
        if line.method != "GET":
            self.disk.restore()
        return answer

    def ask_twice(self, line):
        """The status and words of two answers to one request under one key, and the events."""
        told, self.headers["Idempotency-Key"] = [], "once"
        with transaction.atomic():
            for _time in range(2):
                answer = self.sent(line)
                told.append((answer.status_code, said(answer), Event.objects.count()))
            transaction.set_rollback(True)
        del self.headers["Idempotency-Key"]
        self.disk.restore()
        return told

    def sent(self, line):
        self.client.cookies = copy.deepcopy(self.cookies)
        address = reverse(line.name, args=[self.meant(one) for one in line.arguments])
        if query := line.query.format_map(self.things):
            address = f"{address}?{query}"
        if line.media:
            body = self.meant(line.body)
            text = body if isinstance(body, str) else json.dumps(body)
            more = {"data": text if line.body is not None else "", "content_type": line.media}
            return self.client.generic(line.method, address, headers=self.headers, **more)
        form = {name: self.meant(value) for name, value in line.body.items()}
        return getattr(self.client, line.method.lower())(address, form)

    def meant(self, value):
        """A value of the table with the things it names."""
        if isinstance(value, dict):
            return {name: self.meant(one) for name, one in value.items()}
        if isinstance(value, File):
            return SimpleUploadedFile(value.name, value.text.encode())
        named = isinstance(value, str) and re.fullmatch(r"{(\w+)}", value)
        return self.things.get(named[1], 0) if named else value


@pytest.fixture
def visitors(things, cast, settings, tmp_path):
    disk = Snapshot(settings.KEFEN_DATA, tmp_path / "copy")
    yield {letter: Visitor(user, things, disk) for letter, user in {NOBODY: None, **cast}.items()}
    previewing.release()


def fault_of(line, letter, answer):
    """What is wrong with an answer; nothing when it is as the table says."""
    status, to = answer.status_code, answer.headers.get("Location", "")
    signing_in = status == 401 or (status == 302 and to.startswith(reverse("account_login")))
    told = f"{line.method} {line.name} {line.arguments} by {ROLES.get(letter, 'nobody')}: {status}"
    if letter in line.permitted:
        errors = [str(one) for one in get_messages(answer.wsgi_request) if one.level >= ERROR]
        if errors or status not in line.answers or (signing_in and "account" not in line.name):
            return f"{told}, though they may. {to} {errors} {shown(answer)}"
    elif letter == NOBODY and NOBODY not in line.special:
        return "" if signing_in else f"{told}, and no sign-in is asked for."
    elif status != (wanted := line.special.get(letter, 403)):
        return f"{told} instead of {wanted}. {to}"
    return ""


def shown(answer):
    """What the API says of a refusal."""
    told = answer.headers.get("Content-Type", "") == MEDIA_TYPE
    return answer.json()["detail"] if told else ""


def said(answer):
    """What the API says: 5 and 5.00 are one amount, an address with a secret is told once."""
    amounts = re.sub(r'(?<=\d)\.00(?=")', "", answer.content.decode())
    return json.loads(re.sub(r'"address": "[^"]*"', '"address": ""', amounts) or "null")


def test_whoever_may_is_served_and_others_are_refused(visitors):
    asked = [(line, letter) for line in LINES for letter in visitors]
    found = [fault_of(line, letter, visitors[letter].ask(line)) for line, letter in asked]
    assert not (faults := [one for one in found if one]), "\n".join(faults)


def test_a_change_with_a_key_is_made_once(visitors):
    """The second time it is answered as the first, and nothing new happened."""
    keyed = {
        f"api:{operation['operationId']}"
        for methods in api.get_openapi_schema()["paths"].values()
        for operation in methods.values()
        if "Idempotency-Key" in {one["name"] for one in operation.get("parameters", [])}
    }
    faults = []
    for line in [one for one in LINES if one.name in keyed and one.permitted]:
        letter = next(one for one in "amsfcr" if one in line.permitted)
        first, second = visitors[letter].ask_twice(line)
        if first[0] not in line.answers or first != second:
            faults.append(f"{line.name} {line.arguments}: {first}, then {second}")
    assert keyed
    assert not faults, "\n".join(faults)


def test_no_address_takes_a_method_without_a_line(visitors):
    """Whoever may everything asks every page by every method that has no line: there is no such."""
    said = {(line.method, line.name) for line in LINES}
    examples = {line.name: line for line in LINES if line.media == ""}
    pages = {name: route for name, route in ROUTES.items() if not name.startswith("api:")}
    lacking = []
    for (name, route), method in product(pages.items(), METHODS):
        if (method, name) in said or name.startswith(OF_A_LIBRARY):
            continue
        example = examples.get(name)
        if (
            example is None
            or visitors["a"].ask(example._replace(method=method, body={})).status_code != 405
        ):
            lacking.append(f"{method} {name} ({route})")
    assert not lacking, f"No line for {lacking}. {HOW}"
