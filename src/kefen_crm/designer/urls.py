from __future__ import annotations

from django.urls import path

from kefen_crm.designer import views

app_name = "designer"

urlpatterns = [
    # No scheme is called "-".
    path("-/new/", views.new, name="new"),
    path("-/editor/", views.editor, name="editor"),
    path("-/preview/", views.preview, name="preview"),
    path("-/members/", views.members, name="members"),
    path("-/keep/", views.keep, name="keep"),
    path("-/drafts/<int:pk>/", views.draft, name="draft"),
    path("<slug:name>/design/", views.edit, name="edit"),
]
