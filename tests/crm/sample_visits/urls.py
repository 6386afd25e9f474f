from django.urls import path

from sample_visits import views

app_name = "sample_visits"
urlpatterns = [path("", views.visit_list, name="list")]
