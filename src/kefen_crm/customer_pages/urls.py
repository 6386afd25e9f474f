from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.customer_pages import views

app_name = "customers"

urlpatterns = [
    path("", views.customer_list, name="list"),
    re_path(r"^export\.(?P<form>xlsx|csv)\Z", views.export, name="export"),
    path("of/<code:code>/purchases.json", views.purchases, name="purchases"),
    path("of/<code:code>/indicators/", views.indicators, name="indicators"),
    path("of/<code:code>/", views.detail, name="detail"),
]
