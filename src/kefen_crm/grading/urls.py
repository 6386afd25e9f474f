from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.grading import views

app_name = "grading"

urlpatterns = [
    path("", views.scheme_list, name="list"),
    # No scheme is called "-".
    path("-/run/", views.grade_all, name="grade_all"),
    path("-/busy/", views.busy, name="busy"),
    path("<slug:name>/", views.detail, name="detail"),
    path("<slug:name>/run/", views.grade, name="grade"),
    path("<slug:name>/mine/pyramid.json", views.own_pyramid, name="own_pyramid"),
    path("<slug:name>/runs/<int:pk>/", views.run, name="run"),
    path("<slug:name>/runs/<int:pk>/progress/", views.progress, name="progress"),
    path("<slug:name>/runs/<int:pk>/moved/", views.moved, name="moved"),
    re_path(
        r"^(?P<name>[\w-]+)/runs/(?P<pk>\d+)/table\.(?P<form>xlsx|csv)\Z",
        views.export,
        name="export",
    ),
    path("<slug:name>/runs/<int:pk>/pictures/<slug:picture>.json", views.picture, name="picture"),
    path("<slug:name>/runs/<int:pk>/since/<int:before>.json", views.migration, name="migration"),
]
