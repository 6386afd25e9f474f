"""Signing in notes the time without leaving a line in the user's history."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.team.models import User

user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")


@receiver(user_logged_in, dispatch_uid="kefen_note_sign_in")
def note_sign_in(user: User, **_: Any) -> None:
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
