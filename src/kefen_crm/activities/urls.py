from __future__ import annotations

from django.urls import path

from kefen_crm.activities import ical, pages, views

app_name = "activities"

urlpatterns = [
    path("today/", pages.today_page, name="today"),
    path("today/coming/", pages.coming, name="coming"),
    path("tasks/", pages.task_list, name="tasks"),
    path("tasks/calendar/", pages.calendar_page, name="calendar"),
    path("tasks/calendar/address/", ical.address, name="address"),
    path("tasks/calendar/<str:token>.ics", ical.feed, name="ical"),
    path("tasks/plan/", views.choose, {"verb": "plan"}, name="plan_for"),
    path("tasks/plan/<code:code>/", views.plan, name="plan"),
    path("tasks/<int:pk>/snooze/", views.snooze, name="snooze"),
    path("tasks/<int:pk>/skip/", views.skip, name="skip"),
    path("tasks/<int:pk>/done/", views.done, name="done"),
    path("tasks/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("tasks/<int:pk>/reassign/", views.reassign, name="reassign"),
    path("log/", views.choose, name="choose"),
    path("log/of/<code:code>/", views.log, name="log"),
    path("log/<int:pk>/correct/", views.correct, name="correct"),
    path("log/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
