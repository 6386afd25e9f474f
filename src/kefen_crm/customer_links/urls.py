from __future__ import annotations

from django.urls import path

from kefen_crm.customer_links import views

app_name = "customer_links"

urlpatterns = [
    path("of/<code:code>/add/", views.add, name="add"),
    path("of/<code:code>/<int:pk>/remove/", views.remove, name="remove"),
]
