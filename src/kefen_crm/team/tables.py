from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.platform.columns import MomentColumn
from kefen_crm.team.models import User


class UserTable(tables.Table):
    first_name = tables.TemplateColumn(
        template_name="team/user_cell.html",
        verbose_name=pgettext_lazy("person", "Name"),
        order_by="first_name",
    )
    role = tables.Column(verbose_name=_("Role"))
    department = tables.Column(verbose_name=_("Department"), order_by="department__name")
    last_login = MomentColumn(verbose_name=_("Last signed in"), default="–")
    is_active = tables.TemplateColumn(
        template_name="team/user_state_cell.html", verbose_name=_("Account")
    )

    class Meta:
        model = User
        fields = ["first_name", "role", "department", "last_login", "is_active"]
        empty_text = _("Nobody found")
