from __future__ import annotations

from django.urls import path

from kefen_crm.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.register, name="register"),
    path("found/<path:code>/", views.found, name="found"),
    path("disclose/<path:code>/", views.disclose, name="disclose"),
    path("of/<path:code>/", views.customer, name="customer"),
]
