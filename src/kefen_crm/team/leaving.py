"""Who leaves the team: what is held of a person is disclosed, and the person made nameless."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from kefen_crm.gateway import rights
from kefen_crm.gateway.ledger import opened
from kefen_crm.team.actions import end_sessions, keep_an_administrator
from kefen_crm.team.models import ApiToken, User, former_name
from kefen_crm.team.roles import Permit, Role, require

_SECRET = frozenset({"password", "digest", "body", "data", "session_key"})
"""Columns of keys and contents that are not told, as they would open or repeat something."""


def disclose(by: User, user: User) -> bytes:
    """A ZIP file with all that is held of a member of the team: for them and administrators."""
    if by.pk != user.pk:
        require(by, Permit.MANAGE_USERS)
    sections = []
    for model, name in [(User, "pk"), *_about()]:
        table: Any = model
        rows = [_plain(row) for row in table.objects.filter(**{name: user.pk}).values()]
        source = {"source": f"database/{table._meta.db_table}"}  # noqa: SLF001  # Django's own
        if rows:
            sections.append(rights.Section(_titles(table), [row | source for row in rows]))
    with tempfile.TemporaryDirectory(prefix="kefen-disclosure-") as folder:
        path = Path(folder) / "disclosure.zip"
        rights.write_disclosure(
            rights.disclosure(user.username, user.display_name, "user", sections), path
        )
        return path.read_bytes()


@transaction.atomic
def anonymise(by: User, user: User) -> User:
    """Make somebody who left nameless: what they did stays, by `former user #n`.

    Raises:
        PermissionDenied: unless `by` manages users.
        ValidationError: while the account is switched on.
    """
    require(by, Permit.MANAGE_USERS)
    if user.is_active:
        raise ValidationError(_("Switch the account off first."))
    keep_an_administrator(user)
    names = {name for name in (user.display_name, user.first_name, user.username) if name}
    with override("en"):
        plain = former_name(user.pk)
    user.username, user.first_name, user.email = f"former-{user.pk}", "", ""
    user.role, user.department = Role.READER, None
    user.set_unusable_password()
    unrecorded: Any = user
    unrecorded.save_without_historical_record()
    kept = {"username": user.username, "first_name": "", "email": ""}
    User.history.filter(id=user.pk).update(**kept)
    end_sessions(user)
    for model in (Authenticator, EmailAddress):
        model.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).delete()
    ApiToken.history.filter(user_id=user.pk).update(name="–")
    _rename(names, plain)
    return user


def _rename(names: set[str], to: str) -> None:
    """Call the person otherwise in versions, runs and the reports of imports."""
    shared = set(User.objects.values_list("first_name", flat=True))
    shared |= set(User.objects.values_list("username", flat=True))
    names -= shared
    with opened() as ledger:
        rights.rename_author(ledger, names, to)
    for model in apps.get_models():
        table: Any = model
        documents = [f.name for f in table._meta.fields if f.get_internal_type() == "JSONField"]  # noqa: SLF001
        for name in documents if names else ():
            for row in table.objects.filter(**{f"{name}__isnull": False}).only("pk", name):
                told = getattr(row, name)
                if (new := rights.renamed(told, names, to)) != told:
                    table.objects.filter(pk=row.pk).update(**{name: new})


def _about() -> list[tuple[Any, str]]:
    """Every model with a link to a member of the team, and the field of the link."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.fields  # noqa: SLF001  # Django's own
        if field.is_relation and field.related_model is User
    ]


def _titles(model: Any) -> dict[str, str]:
    found = {}
    for lang, code in (("zh", "zh-hans"), ("en", "en")):
        with override(code):
            found[lang] = str(model._meta.verbose_name_plural)  # noqa: SLF001  # Django's own
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name not in _SECRET and value not in (None, "")
    }
