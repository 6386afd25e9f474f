from __future__ import annotations

from django.urls import path

from kefen_crm.tickets import cause_views, link_views, reply_views, views, views_joined

app_name = "tickets"

urlpatterns = [
    path("", views.queue, name="queue"),
    path("causes/", views.causes, name="causes"),
    path("causes/of/", cause_views.cause, name="cause"),
    path("causes/changes/<int:pk>/remove/", cause_views.remove, name="remove_cause_change"),
    path("replies/", reply_views.replies, name="replies"),
    path("replies/new/", reply_views.edit, name="new_reply"),
    path("replies/<int:pk>/", reply_views.edit, name="reply"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/say/", views.say, name="say"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/give/", views.give, name="give"),
    path("<int:pk>/solve/", views.solve, name="solve"),
    path("<int:pk>/merge/", views_joined.merge, name="merge"),
    path("<int:pk>/link/", link_views.link, name="link"),
    path("<int:pk>/links/<int:link>/remove/", link_views.unlink, name="unlink"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("of/<code:code>/new/", views.new, name="new"),
]
