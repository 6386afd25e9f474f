from __future__ import annotations

from django.urls import path

from kefen_crm.noted_facts import views

app_name = "noted_facts"

urlpatterns = [
    path("imported/", views.imported, name="imported"),
    path("<int:pk>/keep/", views.keep, name="keep"),
    path("<int:pk>/correct/", views.correct, name="correct"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:kind>/of/<path:code>/", views.note, name="note"),
]
