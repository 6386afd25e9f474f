from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.imports import views

app_name = "imports"

urlpatterns = [
    path("", views.import_list, name="list"),
    path("new/", views.new, name="new"),
    path("templates/<slug:kind>.xlsx", views.template, name="template"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/understand/", views.understand, name="understand"),
    path("<int:pk>/forget-mapping/", views.forget_mapping, name="forget_mapping"),
    path("<int:pk>/mapping/", views.mapping_state, name="mapping_state"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/mend/", views.mend, name="mend"),
    path("<int:pk>/land/", views.land, name="land"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/remove/", views.remove, name="remove"),
    path("<int:pk>/source/", views.source, name="source"),
    re_path(
        r"^(?P<pk>\d{1,18})/rejections\.(?P<form>xlsx|csv)\Z", views.rejections, name="rejections"
    ),
]
