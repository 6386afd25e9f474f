from __future__ import annotations

from django.urls import path

from kefen_crm.custom_fields import views

app_name = "custom_fields"

urlpatterns = [
    path("settings/fields/", views.settings, name="settings"),
    path("settings/fields/own/<slug:name>/", views.required, name="required"),
    path("settings/fields/of/<slug:key>/", views.edit, name="edit"),
    path("settings/fields/of/<slug:key>/retire/", views.retire, name="retire"),
    path("custom-fields/of/<code:code>/write/", views.write, name="write"),
    path("custom-fields/of/<code:code>/choose/<slug:key>/", views.choose, name="choose"),
]
