from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.customer_pages import editing, sharing, views

app_name = "customers"

urlpatterns = [
    path("", views.customer_list, name="list"),
    re_path(r"^export\.(?P<form>xlsx|csv)\Z", views.export, name="export"),
    path("new/", editing.new, name="new"),
    path("of/<code:code>/basics/", editing.basics, name="basics"),
    path("of/<code:code>/fields/<slug:name>/", editing.field, name="field"),
    path("of/<code:code>/fields/<slug:name>/choose/", editing.choose, name="choose"),
    path("of/<code:code>/collaborators/", sharing.share, name="share"),
    path("of/<code:code>/collaborators/<int:pk>/remove/", sharing.unshare, name="unshare"),
    path("of/<code:code>/archive/", editing.archive, name="archive"),
    path("of/<code:code>/restore/", editing.restore, name="restore"),
    path("of/<code:code>/purchases.json", views.purchases, name="purchases"),
    path("of/<code:code>/indicators/", views.indicators, name="indicators"),
    path("of/<code:code>/", views.detail, name="detail"),
]
