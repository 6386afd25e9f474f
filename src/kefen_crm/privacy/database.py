"""Takes a customer out of the site's database: what the apps declare, then whatever names it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, models, transaction
from django.utils.text import get_valid_filename
from django.utils.translation import override

from kefen_crm.customers.models import Customer
from kefen_crm.gateway.documents import attributes_of
from kefen_crm.gateway.rights import Found, Person, Section
from kefen_crm.grading.classes import hold_classes
from kefen_crm.grading.models import Scheme
from kefen_crm.platform import stored_figures
from kefen_crm.platform.database import database_url
from kefen_crm.platform.parts import PersonalData
from kefen_crm.platform.registry import declared, plugins
from kefen_crm.privacy import tables
from kefen_crm.privacy.places import name_of
from kefen_crm.process.compacting import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Set


class SiteDatabase:
    """The site's database, as `kefen.privacy` asks for it."""

    def erase(self, person: Person) -> dict[str, int]:
        """Take the person out; gives the rows changed by table."""
        count: Counter[str] = Counter()
        with transaction.atomic():
            if (pk := _own(person)) is not None:
                for one in declared("personal"):
                    count.update(_take_out(one, pk))
                _rename(pk, person)
                count["database/customers_customer"] += 1
            for table, columns in tables.texts().items():
                for row in tables.naming(table, columns, person):
                    tables.change(table, row)
                    count[f"database/{table}"] += 1
                for row in () if table == QUEUED else tables.bodies(table, columns, person):
                    tables.change(table, row)
                    count[f"database/{table}"] += 1
        for name in settings.CACHES:
            caches[name].clear()
        stored_figures.empty()
        return dict(count)

    def settle(self) -> None:
        """Have the apps note which files are gone."""
        for plugin in plugins():
            if plugin.erased is not None:
                plugin.erased()

    def search(self, person: Person) -> list[Found]:
        """The tables that tell of the person."""
        found = []
        for table, columns in tables.texts().items():
            rows = [
                *tables.naming(table, columns, person),
                *tables.bodies(table, columns, person),
            ]
            if rows:
                found.append(Found(f"database/{table}", len(rows)))
        return found

    def disclose(self, customer_id: str) -> list[Section]:
        """What the site's own tables hold of a customer, by model."""
        pk = Customer.objects.filter(code=customer_id).values_list("pk", flat=True).first()
        if pk is None:
            return []
        found = []
        for one in declared("personal"):
            for model, rows in _rows(one, pk):
                title = {lang: _title(model, lang) for lang in ("zh", "en")}
                source = {"source": f"database/{_options(model).db_table}"}
                found.append(Section(title, [_plain(row) | source for row in rows.values()]))
        return [section for section in found if section.rows]

    def telling(self, person: Person) -> list[Section]:
        """The rows that tell of somebody who is no customer, by table."""
        found = []
        for table, columns in tables.texts().items():
            if rows := tables.whole(table, tables.naming(table, columns, person)):
                source = {"source": f"database/{table}"}
                title = {lang: _named(table, lang) for lang in ("zh", "en")}
                found.append(Section(title, [_plain(row) | source for row in rows]))
        return found

    def files(self, customer_id: str) -> dict[str, Path]:
        """Where the files of a customer lie, by their names in a disclosure."""
        pk = Customer.objects.filter(code=customer_id).values_list("pk", flat=True).first()
        found: dict[str, Path] = {}
        for one in declared("personal"):
            if pk is None or not one.file:
                continue
            for row in apps.get_model(one.model)._default_manager.filter(**{one.customer: pk}):  # noqa: SLF001
                place: Path = getattr(row, one.file)
                if place.is_file():
                    found["files/" + get_valid_filename(f"{row.pk}-{row}")] = place
        return found

    def asking(self, fields: Set[str]) -> dict[str, list[str]]:
        """The schemes in force that ask about any of these fields of customers, with those."""
        schemes = Scheme.objects.exclude(current=None).select_related("current")
        asked = {
            one.title: sorted(fields & attributes_of(one.current.document))
            for one in schemes
            if one.current
        }
        return {title: names for title, names in asked.items() if names}

    def compact(self) -> None:
        """Have deleted rows leave the disk, too."""
        compact(settings.KEFEN_DATA, database_url())


QUEUED = "api_factwrite"
"""What programs sent and waits still lands first, without the customer; then its body is empty."""


def known_models() -> set[type[models.Model]]:
    """The models, with their histories, of which it is declared what becomes of them."""
    found: set[type[models.Model]] = set()
    for one in declared("personal"):
        model = apps.get_model(one.model)
        found.add(model)
        if history := getattr(model, "history", None):
            found.add(history.model)
    return found


def _own(person: Person) -> int | None:
    """The customer; who was made anew by a run meanwhile, under the key, has given way."""
    named, keyed = (
        Customer.objects.filter(code=code).values_list("pk", flat=True).first()
        for code in (person.customer_id, person.key)
    )
    if named is not None and keyed is not None and named != keyed:
        _yield_to(keyed, named)
    return keyed if named is None else named


def _rows(one: PersonalData, pk: int) -> Iterator[tuple[type[models.Model], Any]]:
    """The rows of a declared model about a customer, and those of its history."""
    model: Any = apps.get_model(one.model)
    yield model, model.objects.filter(**{one.customer: pk})
    if history := getattr(model, "history", None):
        named = {"id" if one.customer == "pk" else one.customer: pk}
        yield history.model, history.filter(**named)


def _take_out(one: PersonalData, pk: int) -> dict[str, int]:
    count: Counter[str] = Counter()
    for model, rows in _rows(one, pk):
        table = f"database/{_options(model).db_table}"
        history = model is not apps.get_model(one.model)
        if one.deleted or (one.removed and history):
            count[table] += rows.delete()[0]
            continue
        names = {field.name for field in _options(model).get_fields()}
        empty = {name: _empty(model, name) for name in one.emptied if name in names}
        if empty:
            count[table] += rows.update(**empty)
    return dict(count)


def _empty(model: type[models.Model], name: str) -> Any:
    field: Any = _options(model).get_field(name)
    if isinstance(field, models.JSONField):
        return field.get_default()
    return None if field.null else ""


def _rename(pk: int, person: Person) -> None:
    """Call the customer by its anonymous key."""
    attributes = Customer.objects.values_list("attributes", flat=True).get(pk=pk)
    common = {n: v for n, v in (attributes or {}).items() if person.common.get(n) == v}
    Customer.objects.filter(pk=pk).update(
        code=person.key, name=person.key, search=person.key, attributes=common
    )


def _yield_to(gone: int, pk: int) -> None:
    """Have what is about one customer be about another, as far as that has none such; it goes."""
    hold_classes()  # before any of them is changed, or a run and this may wait for each other
    for one in declared("personal"):
        own = one.customer != "pk" and "__" not in one.customer  # others come along
        for model, rows in _rows(one, gone) if own else ():
            for row in rows:
                try:
                    with transaction.atomic():
                        model.objects.filter(pk=row.pk).update(**{one.customer: pk})  # type: ignore[attr-defined]
                except IntegrityError:
                    row.delete()
    Customer.history.filter(id=gone).delete()
    Customer.objects.filter(pk=gone).delete()


def _title(model: type[models.Model], lang: str) -> str:
    with override("zh-hans" if lang == "zh" else "en"):
        return str(_options(model).verbose_name_plural)


def _named(table: str, lang: str) -> str:
    with override("zh-hans" if lang == "zh" else "en"):
        return name_of(f"database/{table}")


def _options(model: type[models.Model]) -> Any:
    return model._meta  # noqa: SLF001  # Django's public name for it


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "")}
