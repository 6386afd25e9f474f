"""Signing in notes the time without leaving a line in the user's history; a password from outside
ends sessions and tokens.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.team.actions import password_given
from kefen_crm.team.models import User

user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")


@receiver(user_logged_in, dispatch_uid="kefen_note_sign_in")
def note_sign_in(user: User, **_: Any) -> None:
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())


@receiver(post_save, sender=User, dispatch_uid="kefen_password_given")
def end_after_password(instance: User, *, created: bool, **_: Any) -> None:
    """`kefen admin changepassword` is Django's own command, and knows no action of Kefen's."""
    # Django's note of a password that was set anew.
    changed = instance._password is not None  # type: ignore[attr-defined]  # noqa: SLF001
    if changed and not created and getattr(instance, "_change_reason", None) != "password":
        password_given(instance)
