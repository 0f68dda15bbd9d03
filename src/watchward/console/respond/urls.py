"""The addresses of the pages of response."""

from django.urls import path

from watchward.console.respond import views

urlpatterns = [
    path("organisations/<str:code>/rota/", views.rota, name="rota"),
    path("organisations/<str:code>/rota/contacts/", views.add_contact, name="contact_add"),
    path("organisations/<str:code>/rota/duties/", views.add_duty, name="duty_add"),
    path("rota/contacts/<int:key>/remove/", views.remove_contact, name="contact_remove"),
    path("rota/contacts/<int:key>/try/", views.try_contact, name="contact_try"),
    path("rota/duties/<int:key>/remove/", views.remove_duty, name="duty_remove"),
    path("rota/steps/<int:key>/wait/", views.set_wait, name="step_wait"),
    path("notices/", views.notices, name="notices"),
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/new/", views.new_incident, name="incident_new"),
    path("incidents/<int:key>/", views.incident, name="incident"),
    path("incidents/<int:key>/note/", views.note, name="incident_note"),
    path("incidents/<int:key>/change/", views.change, name="incident_change"),
    path("incidents/<int:key>/people/", views.add_person, name="incident_person"),
    path("incidents/<int:key>/alerts/", views.join, name="incident_join"),
]
