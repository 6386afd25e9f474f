from __future__ import annotations

from django.urls import path

from kefen_crm.team import department_views, views

app_name = "team"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/preferences/", views.preferences, name="preferences"),
    path("profile/theme/", views.theme, name="theme"),
    path("profile/password/", views.password, name="password"),
    path("own-password/", views.own_password, name="own_password"),
    path("profile/sessions/<int:pk>/end/", views.session_end, name="session_end"),
    path("profile/sessions/end-others/", views.sessions_end, name="sessions_end"),
    path("profile/tokens/", views.token_create, name="token_create"),
    path("profile/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("tokens/", views.tokens, name="tokens"),
    path("departments/", department_views.listing, name="departments"),
    path("departments/<int:pk>/", department_views.edit, name="department"),
    path("departments/<int:pk>/remove/", department_views.remove, name="department_remove"),
    path("users/", views.users, name="users"),
    path("users/add/", views.user_add, name="user_add"),
    path("users/<int:pk>/", views.user_edit, name="user_edit"),
    path("users/<int:pk>/password/", views.user_password, name="user_password"),
    path("users/<int:pk>/tokens/", views.user_token, name="user_token"),
    path("users/<int:pk>/two-step/", views.user_two_step, name="user_two_step"),
    path("users/<int:pk>/sessions/<int:session>/end/", views.user_session, name="user_session"),
    path("users/<int:pk>/personal-data/", views.user_disclose, name="user_disclose"),
    path("users/<int:pk>/anonymise/", views.user_anonymise, name="user_anonymise"),
    path("users/<int:pk>/active/", views.user_active, name="user_active"),
]
