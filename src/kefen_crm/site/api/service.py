"""The API as a whole: its rooms, its way of refusing, its description."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from kefen_crm.platform.api.handlers import problem_of
from kefen_crm.platform.api.parsing import JsonParser
from kefen_crm.platform.api.problems import MEDIA_TYPE, Problem
from kefen_crm.platform.registry import declared, plugins
from kefen_crm.site.api.docs import Docs

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
        """The description for one place of the API; made once, as it takes half a second."""
        key = repr(sorted(place.items()))
        if key not in self._described:
            self._described[key] = self._describe(place)
        return self._described[key]

    @cached_property
    def _described(self) -> dict[str, OpenAPISchema]:
        return {}

    def _describe(self, place: dict[str, Any]) -> OpenAPISchema:
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


_SIGN_IN = next(plugin.api_sign_in for plugin in plugins() if plugin.api_sign_in)

api = Api(
    title="Kefen",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=import_string(_SIGN_IN),
    docs=Docs(),
    parser=JsonParser(),
    renderer=Json(),
    openapi_extra={"info": {"x-kefen-version": version("kefen")}},
)
for router in declared("routers"):
    api.add_router(router.prefix, router.path)
