from __future__ import annotations

from django.urls import path

from kefen_crm.leads import views

app_name = "leads"

urlpatterns = [
    path("", views.listing, name="list"),
    path("conversion/", views.conversion, name="conversion"),
    path("new/", views.new, name="new"),
    path("card/", views.card, name="card"),
    path("assign/", views.assign, name="assign"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/give/", views.give, name="give"),
    path("<int:pk>/drop/", views.drop, name="drop"),
    path("<int:pk>/take-up/", views.take_up, name="take_up"),
    path("<int:pk>/convert/", views.convert, name="convert"),
]
