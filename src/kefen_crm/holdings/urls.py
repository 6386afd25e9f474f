from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.holdings import moving_views, settings_views, sharing_views, views

app_name = "holdings"

urlpatterns = [
    path("", views.pool, name="pool"),
    re_path(r"^export\.(?P<form>xlsx|csv)\Z", views.export, name="export"),
    path("falling/", views.falling, name="falling"),
    path("tonight/", moving_views.tonight, name="tonight"),
    path("tonight/stop/", moving_views.stop, name="stop"),
    path("transfers/", moving_views.transfers, name="transfers"),
    path("transfers/<int:pk>/undo/", moving_views.undo, name="undo"),
    path("handover/", moving_views.handover, name="handover"),
    path("without-owner/", sharing_views.without_owner, name="without_owner"),
    path("work/", views.work, name="work"),
    path("leaves/", settings_views.leaves, name="leaves"),
    path("leaves/<int:pk>/remove/", settings_views.remove_leave, name="leave_remove"),
    path("settings/", settings_views.pools, name="settings"),
    path("settings/<int:pk>/", settings_views.edit, name="edit"),
    path("settings/<int:pk>/remove/", settings_views.remove, name="remove"),
    path("of/<code:code>/claim/", views.claim, name="claim"),
    path("of/<code:code>/release/", views.release, name="release"),
    path("of/<code:code>/assign/", views.assign, name="assign"),
    path("of/<code:code>/spare/", moving_views.spare, name="spare"),
    path("of/<code:code>/", views.pooled, name="pooled"),
]
