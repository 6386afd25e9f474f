from __future__ import annotations

from django.urls import path

from kefen_crm.webhooks import views

app_name = "webhooks"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("<int:pk>/", views.endpoint, name="endpoint"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/renew/", views.renew, name="renew"),
    path("<int:pk>/remove/", views.remove, name="remove"),
    path("<int:pk>/test/", views.test, name="test"),
    path("deliveries/<int:pk>/again/", views.again, name="again"),
]
