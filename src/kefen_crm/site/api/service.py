"""The API as a whole: its rooms, its way of refusing, its description."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from kefen_crm.customer_pages import api as customers
from kefen_crm.evaluation import api as studies
from kefen_crm.facts.api import batches, facts, writes
from kefen_crm.grading.api import classes, drafts, overrides, runs, schemes, versions
from kefen_crm.operations import api as health
from kefen_crm.platform.api.handlers import problem_of
from kefen_crm.platform.api.parsing import JsonParser
from kefen_crm.platform.api.problems import MEDIA_TYPE, Problem
from kefen_crm.site.api.docs import Docs
from kefen_crm.team.sign_in import SIGN_IN

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation

DESCRIPTION = """\
Everything a program needs to feed Kefen with facts and to read how customers are graded.

- **Sign in** with an API token from your profile page: `Authorization: Bearer kfn_…`. A token may
  do what its owner may do on the site.
- **Money** is text that keeps every cent, in the ledger's base currency. Dates are `2026-01-31`.
- **Lists** come in pages; follow `next` as it is until it is null.
- **Refusals** are `application/problem+json` (RFC 9457) with a `code` for programs and a `detail`
  in the language of `Accept-Language` (`zh` or `en`).
"""
REFUSALS = {
    "401": "Not signed in.",
    "403": "Your role does not permit this.",
    "404": "There is no such thing, or you may not see it.",
    "422": "Something in the request is not valid; `errors` says what and where.",
    "default": "Any other refusal.",
}


class Json(JSONRenderer):
    """JSON in which Chinese stays readable."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    """Ninja's API, refusing by problems and describing them."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def on_exception(self, _request: HttpRequest, exc: Any) -> HttpResponse:
        return problem_of(exc)

    def get_openapi_schema(self, **place: Any) -> OpenAPISchema:
        described = super().get_openapi_schema(**place)
        components: dict[str, Any] = described["components"]
        shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components["schemas"] |= shape.pop("$defs")
        components["schemas"]["Problem"] = shape
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for methods in described["paths"].values():
            for operation in methods.values():
                for parameter in operation.get("parameters", ()):
                    # OpenAPI wants a parameter's own examples by name; a schema's are a list.
                    if isinstance(examples := parameter.pop("examples", None), list):
                        parameter["schema"].setdefault("examples", examples)
                answers = operation["responses"]
                for status, told in REFUSALS.items():
                    answers.setdefault(status, {"description": told, "content": content})
        return described


api = Api(
    title="Kefen",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=SIGN_IN,
    docs=Docs(),
    parser=JsonParser(),
    renderer=Json(),
    openapi_extra={"info": {"x-kefen-version": version("kefen")}},
)
api.add_router("", health.router)
api.add_router("/customers", customers.router)
api.add_router("/facts", facts.router)
api.add_router("/files", facts.files)
api.add_router("/batches", batches.router)
api.add_router("/writes", writes.router)
api.add_router("/schemes", schemes.router)
api.add_router("/schemes", versions.router)
api.add_router("/drafts", drafts.router)
api.add_router("/overrides", overrides.router)
api.add_router("/runs", runs.router)
api.add_router("/runs", classes.router)
api.add_router("/studies", studies.router)
