from __future__ import annotations

from django.urls import path

from kefen_crm.rules import views

app_name = "rules"
urlpatterns = [
    path("", views.rule_list, name="list"),
    path("asked/<int:pk>/<slug:decision>/", views.decide, name="decide"),
    path("<slug:name>/", views.detail, name="detail"),
    path("<slug:name>/begin/", views.begin, name="begin"),
    path("<slug:name>/start/", views.start, name="start"),
    path("<slug:name>/draft/", views.draft, name="draft"),
    path("<slug:name>/preview/", views.preview, name="preview"),
    path("<slug:name>/publish/", views.publish, name="publish"),
    path("<slug:name>/discard/", views.discard, name="discard"),
    path("<slug:name>/versions/<int:old>/<int:new>/", views.compare, name="compare"),
    path("<slug:name>/versions/<int:version>/", views.roll_back, name="roll_back"),
]
