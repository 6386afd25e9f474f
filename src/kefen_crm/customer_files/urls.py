from __future__ import annotations

from django.urls import path

from kefen_crm.customer_files import views

app_name = "customer_files"

urlpatterns = [
    path("of/<code:code>/add/", views.add, name="add"),
    path("<int:pk>/show/", views.show, name="show"),
    path("<int:pk>/download/", views.download, name="download"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
