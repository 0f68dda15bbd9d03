"""The addresses of what is normal here."""

from django.urls import path

from watchward.console.normal import views

urlpatterns = [
    path("alerts/<uuid:key>/normal/", views.say_normal, name="say-normal"),
    path("normal/", views.normal_list, name="normals"),
    path("normal/<uuid:key>/", views.normal_detail, name="normal"),
    path("normal/<uuid:key>/end/", views.end, name="normal-end"),
]
