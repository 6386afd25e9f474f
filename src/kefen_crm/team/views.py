from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from kefen_crm.platform.forms import refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team import actions, leaving, queries, sessions
from kefen_crm.team.forms import (
    NewUserForm,
    OwnPasswordForm,
    PasswordForm,
    PreferencesForm,
    ResetPasswordForm,
    TokenForm,
    UserForm,
)
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.tables import UserTable


class SignedInRequest(HttpRequest):
    """A request that `LoginRequiredMiddleware` has let through."""

    user: User


def profile_page(request: SignedInRequest, status: int = 200, **forms: Any) -> HttpResponse:
    user = request.user
    chosen = {"language": user.language, "theme": user.theme}
    context = {
        "preferences": PreferencesForm(initial=chosen),
        "password": OwnPasswordForm(),
        "token": TokenForm(auto_id="token_%s", owner=user),
        "tokens": user.tokens.select_related("user"),
        "sessions": sessions.of(user, request.session.session_key),
        "two_step": is_mfa_enabled(user),
        **forms,
    }
    return render(request, "team/profile.html", context, status=status)


@require_GET
def profile(request: SignedInRequest) -> HttpResponse:
    return profile_page(request)


@require_POST
def preferences(request: SignedInRequest) -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return profile_page(request, status=422, preferences=form)
    actions.set_language(request.user, form.cleaned_data["language"])
    actions.set_theme(request.user, form.cleaned_data["theme"])
    messages.success(request, _("Your preferences are saved."))
    return redirect("team:profile")


@require_POST
def theme(request: SignedInRequest) -> HttpResponse:
    try:
        actions.set_theme(request.user, request.POST.get("theme", ""))
    except ValidationError:
        return HttpResponse(status=422)
    return HttpResponse(status=204)


@sensitive_post_parameters()
@require_POST
def password(request: SignedInRequest) -> HttpResponse:
    form = OwnPasswordForm(request.POST)
    if form.is_valid():
        try:
            actions.change_password(request.user, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your password is changed."))
            return redirect("team:profile")
    return profile_page(request, status=422, password=form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def own_password(request: SignedInRequest) -> HttpResponse:
    """The only page for someone whose password was given by someone else."""
    form = PasswordForm(request.POST or None)
    if not request.user.password_given:
        return redirect("home")
    if form.is_valid():
        try:
            actions.change_password(request.user, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your password is changed."))
            return redirect("home")
    return render(
        request, "team/own_password.html", {"form": form}, status=422 if form.errors else 200
    )


@require_POST
def session_end(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.end_session(request.user, request.user, pk)
    messages.success(request, _("That browser is signed out."))
    return redirect("team:profile")


@require_POST
def sessions_end(request: SignedInRequest) -> HttpResponse:
    actions.end_other_sessions(request.user, request.session.session_key)
    messages.success(request, _("Every other browser is signed out."))
    return redirect("team:profile")


@require_POST
def token_create(request: SignedInRequest) -> HttpResponse:
    form = TokenForm(request.POST, auto_id="token_%s", owner=request.user)
    if not form.is_valid():
        return profile_page(request, status=422, token=form)
    _token, key = actions.create_token(request.user, **form.cleaned_data)
    return profile_page(request, status=201, new_key=key)


@require_POST
def token_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(queries.tokens_for(request.user), pk=pk)
    actions.revoke_token(request.user, token)
    messages.success(request, _("The token no longer works."))
    if request.POST.get("back") == "tokens":
        return redirect("team:tokens")
    own = token.user_id == request.user.pk
    return redirect("team:profile") if own else redirect("team:user_edit", pk=token.user_id)


@require_GET
def tokens(request: SignedInRequest) -> HttpResponse:
    """The tokens of everybody, for administrators."""
    require(request.user, Permit.MANAGE_USERS)
    context = {"tokens": queries.tokens_for(request.user), "owners": True}
    return render(request, "team/all_tokens.html", context)


@require_POST
def user_token(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a token of a service account."""
    require(request.user, Permit.MANAGE_USERS)
    someone = get_object_or_404(User, pk=pk, service=True)
    form = TokenForm(request.POST, auto_id="token_%s", owner=someone)
    if not form.is_valid():
        return user_page(request, someone, token=form)
    _token, key = actions.create_token(someone, **form.cleaned_data)
    return user_page(request, someone, status=201, new_key=key)


@require_GET
def users(request: SignedInRequest) -> HttpResponse:
    require(request.user, Permit.MANAGE_USERS)
    search = request.GET.get("q", "").strip()
    table = UserTable(queries.users(search))
    RequestConfig(request, paginate={"per_page": 50, "paginator_class": Pages}).configure(table)
    return render(request, "team/users.html", {"table": table, "search": search})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def user_add(request: SignedInRequest) -> HttpResponse:
    require(request.user, Permit.MANAGE_USERS)
    form = NewUserForm(request.POST or None)
    if form.is_valid():
        try:
            user = actions.create_user(request.user, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            if user.service:
                messages.success(request, _("%(name)s is there. Make its token.") % {"name": user})
                return redirect("team:user_edit", pk=user.pk)
            messages.success(request, _("%(name)s can sign in now.") % {"name": user})
            return redirect("team:users")
    return render(request, "team/user_add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def user_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, Permit.MANAGE_USERS)
    someone = get_object_or_404(User.objects.select_related("department"), pk=pk)
    now = {
        "name": someone.first_name,
        "email": someone.email,
        "role": someone.role,
        "department": someone.department or "",
        "reach": someone.reach,
    }
    form = UserForm(request.POST or None, initial=now)
    if form.is_valid():
        try:
            actions.update_user(request.user, someone, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": someone})
            return redirect("team:users")
    return user_page(request, someone, form=form)


@sensitive_post_parameters()
@require_POST
def user_password(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, Permit.MANAGE_USERS)
    someone = get_object_or_404(User, pk=pk)
    form = ResetPasswordForm(request.POST)
    if form.is_valid():
        try:
            actions.reset_password(request.user, someone, form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("%(name)s has a new password.") % {"name": someone})
            return redirect("team:user_edit", pk=pk)
    return user_page(request, someone, reset=form)


@require_POST
def user_two_step(request: SignedInRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    actions.switch_off_two_step(request.user, someone)
    messages.success(
        request,
        _("%(name)s signs in by password alone until they set it up anew.") % {"name": someone},
    )
    return redirect("team:user_edit", pk=pk)


@require_POST
def user_session(request: SignedInRequest, pk: int, session: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    actions.end_session(request.user, someone, session)
    messages.success(request, _("That browser is signed out."))
    return redirect("team:user_edit", pk=pk)


@require_POST
def user_active(request: SignedInRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    active = request.POST.get("active") == "yes"
    try:
        actions.set_active(request.user, someone, active=active)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        told = _("%(name)s can sign in again.") if active else _("%(name)s can no longer sign in.")
        messages.success(request, told % {"name": someone})
    return redirect("team:user_edit", pk=pk)


@require_GET
def user_disclose(request: SignedInRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    content = leaving.disclose(request.user, someone)
    headers = {"Content-Disposition": f'attachment; filename="personal-data-user-{pk}.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)


@require_POST
def user_anonymise(request: SignedInRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    try:
        leaving.anonymise(request.user, someone)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("What they did stays, as of %(name)s.") % {"name": someone})
    return redirect("team:user_edit", pk=pk)


def user_page(
    request: SignedInRequest, someone: User, status: int = 200, new_key: str = "", **forms: Any
) -> HttpResponse:
    now = {
        "name": someone.first_name,
        "email": someone.email,
        "role": someone.role,
        "department": someone.department or "",
        "reach": someone.reach,
    }
    context = {
        "someone": someone,
        "form": UserForm(initial=now),
        "reset": ResetPasswordForm(),
        "history": someone.history.select_related("history_user")[:10],
        "sessions": sessions.of(someone, request.session.session_key),
        "two_step": is_mfa_enabled(someone),
        "tokens": someone.tokens.select_related("user"),
        "token": TokenForm(auto_id="token_%s", owner=someone) if someone.service else None,
        "new_key": new_key,
        **forms,
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "team/user_edit.html", context, status=422 if failed else status)
