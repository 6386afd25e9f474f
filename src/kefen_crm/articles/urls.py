from __future__ import annotations

from django.urls import path

from kefen_crm.articles import public, views

app_name = "articles"

urlpatterns = [
    path("articles/", views.articles, name="list"),
    path("articles/new/", views.edit, name="new"),
    path("articles/<int:pk>/", views.article, name="article"),
    path("articles/<int:pk>/edit/", views.edit, name="edit"),
    path("articles/<int:pk>/publish/", views.publish, name="publish"),
    path("articles/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("help/", public.entrance, name="help"),
    path("help/<slug:language>/", public.articles, name="public"),
    path("help/<slug:language>/<slug:code>/", public.article, name="public_article"),
]
