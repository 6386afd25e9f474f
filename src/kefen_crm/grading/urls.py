from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.grading.views import further, overrides, schedules, schemes, versions

app_name = "grading"

urlpatterns = [
    path("", schemes.scheme_list, name="list"),
    # No scheme is called "-".
    path("-/run/", schemes.grade_all, name="grade_all"),
    path("-/compare/", schemes.compare_with_last_year, name="compare_with_last_year"),
    path("-/by-hand/", overrides.report, name="by_hand"),
    path("-/by-hand/<int:pk>/lift/", overrides.lift, name="lift"),
    path("-/indicators/", further.ask, name="ask_indicator"),
    path("-/indicators/<path:name>/end/", further.end, name="end_indicator"),
    path("-/busy/", schemes.busy, name="busy"),
    path("<slug:name>/", schemes.detail, name="detail"),
    path("<slug:name>/run/", schemes.grade, name="grade"),
    path("<slug:name>/by-hand/<code:code>/", overrides.set_by_hand, name="set_by_hand"),
    path("<slug:name>/schedule/", schedules.edit, name="schedule"),
    path("<slug:name>/versions/", versions.listed, name="versions"),
    path("<slug:name>/versions/<int:number>/restore/", versions.restore, name="restore"),
    path("<slug:name>/drafts/<int:pk>/", versions.draft, name="draft"),
    path("<slug:name>/drafts/<int:pk>/shadow/", versions.shadow, name="shadow"),
    path("<slug:name>/drafts/<int:pk>/publish/", versions.publish, name="publish"),
    path("<slug:name>/drafts/<int:pk>/discard/", versions.discard, name="discard"),
    path("<slug:name>/mine/pyramid.json", schemes.own_pyramid, name="own_pyramid"),
    path("<slug:name>/runs/<int:pk>/", schemes.run, name="run"),
    path("<slug:name>/runs/<int:pk>/progress/", schemes.progress, name="progress"),
    path("<slug:name>/runs/<int:pk>/report/", schemes.report, name="report"),
    path("<slug:name>/runs/<int:pk>/moved/", schemes.moved, name="moved"),
    re_path(
        r"^(?P<name>[\w-]+)/runs/(?P<pk>\d+)/table\.(?P<form>xlsx|csv)\Z",
        schemes.export,
        name="export",
    ),
    path("<slug:name>/runs/<int:pk>/pictures/<slug:picture>.json", schemes.picture, name="picture"),
    path("<slug:name>/runs/<int:pk>/since/<int:before>.json", schemes.migration, name="migration"),
]
