from __future__ import annotations

from django.urls import path

from kefen_crm.playbooks import views

app_name = "playbooks"

urlpatterns = [
    path("", views.execution, name="execution"),
    path("why/", views.why, name="why"),
    path("capacity/", views.capacity, name="capacity"),
    path("capacity/<int:pk>/", views.staff, name="staff"),
    path("targets/", views.targets, name="targets"),
    path("plays/", views.plays, name="plays"),
    path("trials/", views.tried, name="trials"),
    path("messages/", views.written, name="messages"),
    path("plays/read/", views.read, name="read"),
    path("spends/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("of/<code:code>/spend/", views.spend, name="spend"),
]
