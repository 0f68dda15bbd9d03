"""The addresses of controls."""

from django.urls import path

from watchward.console.controls import views

urlpatterns = [
    path("controls/", views.control_list, name="controls"),
    path("controls/new/", views.new, name="control-new"),
    path("controls/<str:key>/", views.control, name="control"),
    path("controls/<str:key>/disable/", views.disable, name="control-disable"),
    path("controls/<str:key>/enable/", views.enable, name="control-enable"),
    path("controls/<str:key>/renew/", views.renew, name="control-renew"),
]
