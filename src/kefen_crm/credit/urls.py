from __future__ import annotations

from django.urls import path

from kefen_crm.credit import views

app_name = "credit"

urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("exceptions/", views.exceptions, name="exceptions"),
    path("exceptions/<int:pk>/", views.decide, name="decide"),
    path("exceptions/<int:pk>/end/", views.end, name="end"),
    path("holds/", views.holds, name="holds"),
    path("holds/<int:pk>/release/", views.release, name="release"),
    path("of/<code:code>/check/", views.check, name="check"),
    path("of/<code:code>/exception/", views.ask, name="ask"),
    path("of/<code:code>/hold/", views.hold, name="hold"),
]
