"""What the page of a class contract shows, and its PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import override

from kefen_crm.class_contracts.actions import reachable
from kefen_crm.class_contracts.models import Objection
from kefen_crm.gateway.contracting import class_ahead, class_contract
from kefen_crm.gateway.settings import stored_settings
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.queries import classes_of_customer, published
from kefen_crm.platform.numbers import day
from kefen_crm.receivables.pdf import fonts, typeset

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.gateway.contracting import ClassContract
    from kefen_crm.team.models import User

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def panel(_request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The contracts of a customer, which its page leads to."""
    graded = classes_of_customer(customer)
    if not graded:
        return None
    objected = set(
        Objection.objects.filter(customer=customer, state=Objection.State.OPEN).values_list(
            "scheme_id", flat=True
        )
    )
    for one in graded:
        one.open_objections = one.scheme_id in objected  # type: ignore[attr-defined]  # shown
    return {
        "classes": graded,
        "summary": _("objected") if objected else "",
        "pressing": bool(objected),
    }


def graded_of(customer: Customer, scheme: str) -> CustomerClass:
    """The class of a customer in a published scheme, else a 404."""
    classes = CustomerClass.objects.select_related("scheme__run_in_force__run", "override")
    return get_object_or_404(
        classes, customer=customer, scheme__in=published(), scheme__name=scheme
    )


def context(user: User, customer: Customer, graded: CustomerClass) -> dict[str, Any]:
    """The contract with the objections to it."""
    return {
        "customer": customer,
        "graded": graded,
        "scheme": graded.scheme,
        "contract": class_contract(customer.code, graded.run.engine_id),
        "objections": reachable(user).filter(customer=customer, scheme=graded.scheme),
        "pdf": bool(fonts()),
    }


def rest(customer: Customer, graded: CustomerClass) -> str:
    """How long the class stands if nothing more is bought, in words; empty where not known."""
    found = class_ahead(customer.code, graded.run.engine_id)
    if found is None:
        return ""
    until, title = found
    words = _("If nothing more is bought, the class stands until %(day)s; then it is %(title)s.")
    return words % {"day": day(until), "title": title or _("no longer rated")}


def pdf(customer: Customer, graded: CustomerClass, language: str) -> HttpResponse:
    """A download of a contract in a language; needs `fonts`."""
    with override(LANGUAGES[language]):
        contract = class_contract(customer.code, graded.run.engine_id)
        told = _told(customer, graded, contract, language)
        name = _("Class contract %(name)s") % {"name": customer.name} + f"-{contract.as_of}.pdf"
    return typeset("kefen_crm.class_contracts", "contract.typ", told, name)


def _told(
    customer: Customer, graded: CustomerClass, contract: ClassContract, language: str
) -> dict[str, Any]:
    company = stored_settings(settings.KEFEN_DATA).company or ""
    beside = [*contract.beside, contract.counted, *contract.notes]
    contact = [_("Your contact: %(name)s") % {"name": customer.owner}] if customer.owner else []
    parts = [
        (_("Why: the arithmetic"), contract.steps),
        (_("The way to %(title)s") % {"title": contract.next_title}, contract.way),
        (_("What alone would lift the class"), contract.up),
        (_("What alone would lose it"), contract.down),
        (_("What else counts"), [one for one in beside if one]),
        (
            _("How to object"),
            [
                _("Tell whoever looks after you which fact is wrong or missing."),
                _("It is noted, looked into and answered with a reason."),
                *contact,
            ],
        ),
    ]  # fmt: skip
    return {
        "lang": language,
        "fonts": fonts(),
        "company": company,
        "title": _("Class contract"),
        "customer": f"{customer.name} ({customer.code})",
        "scheme": str(graded.scheme.title),
        "class": contract.headline,
        "as_of": _("As of %(day)s") % {"day": contract.as_of.isoformat()},
        "rules_title": _("The rule"),
        "rules": [[one.title, one.text, one.mine] for one in contract.rules],
        "facts_title": _("The facts"),
        "facts": [list(one) for one in contract.facts],
        "parts": [{"title": title, "lines": lines} for title, lines in parts if lines],
    }
