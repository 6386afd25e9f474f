from __future__ import annotations

from django.urls import path

from kefen_crm.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.register, name="register"),
    path("person/", views.person, name="person"),
    path("found/<code:code>/", views.found, name="found"),
    path("disclose/<code:code>/", views.disclose, name="disclose"),
    path("of/<code:code>/", views.customer, name="customer"),
]
