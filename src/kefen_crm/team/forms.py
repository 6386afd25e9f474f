from __future__ import annotations

from allauth.account.forms import LoginForm as BaseLoginForm


class LoginForm(BaseLoginForm):
    """Signing in by user name or e-mail address."""
