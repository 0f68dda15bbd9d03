"""The addresses of the map's pages."""

from django.urls import path

from watchward.console.care import views

urlpatterns = [
    path("organisations/<str:code>/care/", views.care, name="care"),
    path("organisations/<str:code>/care/bring/", views.bring, name="care_bring"),
    path("organisations/<str:code>/care/change/", views.change, name="care_change"),
    path("organisations/<str:code>/care/confirm/", views.confirm, name="care_confirm"),
    path("organisations/<str:code>/care/map/<str:form>/", views.download, name="care_download"),
    path("organisations/<str:code>/care/remove/", views.remove, name="care_remove"),
]
