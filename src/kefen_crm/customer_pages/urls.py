from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.customer_pages import bulk_views, editing, file_views, saved_pages, sharing, views

app_name = "customers"

urlpatterns = [
    path("", views.customer_list, name="list"),
    re_path(r"^export\.(?P<form>xlsx|csv)\Z", file_views.at_once, name="export"),
    path("files/", file_views.overview, name="files"),
    path("files/progress/", file_views.progress, name="files_progress"),
    path("files/ask/", file_views.ask, name="file_ask"),
    path("files/<int:pk>/", file_views.content, name="file"),
    path("files/<int:pk>/remove/", file_views.remove, name="file_remove"),
    path("bulk/<slug:name>/", bulk_views.act, name="bulk"),
    path("changes/", bulk_views.changes, name="changes"),
    path("changes/<int:pk>/undo/", bulk_views.undo, name="undo"),
    path("views/", saved_pages.views, name="views"),
    path("views/menu/", saved_pages.menu, name="views_menu"),
    path("views/save/", saved_pages.save, name="view_save"),
    path("views/<int:pk>/", saved_pages.edit, name="view_edit"),
    path("views/<int:pk>/update/", saved_pages.update, name="view_update"),
    path("views/<int:pk>/remove/", saved_pages.remove, name="view_remove"),
    path("views/<int:pk>/copy/", saved_pages.copy, name="view_copy"),
    path("views/<int:pk>/first/", saved_pages.first, name="view_first"),
    path("more-filters/", views.more_filters, name="more_filters"),
    path("columns/", views.columns, name="columns"),
    path("new/", editing.new, name="new"),
    path("of/<code:code>/basics/", editing.basics, name="basics"),
    path("of/<code:code>/fields/<slug:name>/", editing.field, name="field"),
    path("of/<code:code>/fields/<slug:name>/choose/", editing.choose, name="choose"),
    path("of/<code:code>/collaborators/", sharing.share, name="share"),
    path("of/<code:code>/collaborators/<int:pk>/remove/", sharing.unshare, name="unshare"),
    path("of/<code:code>/archive/", editing.archive, name="archive"),
    path("of/<code:code>/restore/", editing.restore, name="restore"),
    path("of/<code:code>/more/", views.more, name="more"),
    path("of/<code:code>/purchases.json", views.purchases, name="purchases"),
    path("of/<code:code>/figures/", views.figures, name="figures"),
    path("of/<code:code>/indicators/", views.indicators, name="indicators"),
    path("of/<code:code>/", views.detail, name="detail"),
]
