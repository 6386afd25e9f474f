from __future__ import annotations

from django.urls import path

from kefen_crm.dunning import views

app_name = "dunning"

urlpatterns = [
    path("", views.steps, name="steps"),
    path("propose/", views.propose, name="propose"),
    path("approve/", views.approve, name="approve"),
    path("reject/", views.reject, name="reject"),
    path("print/", views.print_out, name="print"),
    path("printed/", views.printed, name="printed"),
    path("<int:pk>/", views.step, name="step"),
    path("<int:pk>/take-back/", views.take_back, name="take_back"),
    path("<int:pk>/settle/<slug:answer>/", views.settle, name="settle"),
    path("texts/", views.texts, name="texts"),
    path("texts/<slug:level>/<slug:language>/", views.text, name="text"),
]
