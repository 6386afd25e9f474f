from __future__ import annotations

from django.urls import path

from kefen_crm.loyalty import views

app_name = "loyalty"

urlpatterns = [
    path("loyalty/", views.programme, name="programme"),
    path("loyalty/members/", views.members, name="members"),
    path("loyalty/coupons/", views.coupons, name="coupons"),
    path("loyalty/coupons/redeem/", views.redeem, name="redeem"),
    path("loyalty/coupons/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("loyalty/coupons/<int:pk>/reinstate/", views.reinstate, name="reinstate"),
    path("loyalty/operations/<int:pk>/reverse/", views.reverse, name="reverse"),
    path("loyalty/of/<code:code>/join/", views.join, name="join"),
    path("loyalty/of/<code:code>/leave/", views.leave, name="leave"),
    path("loyalty/of/<code:code>/earn/", views.earn, name="earn"),
    path("loyalty/of/<code:code>/spend/", views.spend, name="spend"),
    path("loyalty/of/<code:code>/adjust/", views.adjust, name="adjust"),
    path("loyalty/of/<code:code>/reward/", views.reward, name="reward"),
    path("loyalty/of/<code:code>/gift/", views.gift, name="gift"),
    path("loyalty/of/<code:code>/page/", views.page, name="page"),
    path("loyalty/of/<code:code>/page/close/", views.close_page, name="close_page"),
    path("loyalty/of/<code:code>/", views.member, name="member"),
    path("member/<str:token>/leave/", views.leave_by_page, name="leave_by_page"),
    path("member/<str:token>/", views.own_page, name="own_page"),
]
