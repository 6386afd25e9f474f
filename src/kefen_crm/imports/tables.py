from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from kefen_crm.gateway.reading import kinds
from kefen_crm.imports.models import Import
from kefen_crm.platform.columns import MomentColumn, NumberColumn

NO_WRAP = {"td": {"class": "text-nowrap"}}


class ImportTable(tables.Table):
    """Imports with what came of them."""

    name = tables.TemplateColumn(template_name="imports/cells/name.html", verbose_name=_("File"))
    kind = tables.Column(verbose_name=_("Kind"), default="–", attrs=NO_WRAP)
    rows = NumberColumn(accessor="report__rows", verbose_name=_("Rows landed"), default="–")
    rejected = tables.TemplateColumn(
        template_name="imports/cells/rejected.html",
        verbose_name=_("Rejected"),
        order_by="report__rejected",
        attrs={"td": {"class": "kf-right"}, "th": {"class": "kf-right"}},
    )
    by = tables.TemplateColumn(
        template_name="imports/cells/by.html",
        verbose_name=_("By"),
        order_by="by__first_name",
        attrs=NO_WRAP,
    )
    created = MomentColumn(verbose_name=_("When"))
    status = tables.TemplateColumn(
        template_name="imports/cells/status.html", verbose_name=_("Status"), attrs=NO_WRAP
    )

    class Meta:
        model = Import
        fields = ["name", "kind", "rows", "rejected", "by", "created", "status"]
        order_by = ("-created",)
        empty_text = _("No imports yet")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kinds = kinds()

    def render_kind(self, value: str) -> str:
        return self.kinds.get(value, value)

    def render_rows(self, record: Import, column: NumberColumn) -> str:
        landed = record.batch_id and record.status != Import.Status.UNDONE
        return column.render(record.landed) if landed else "–"
