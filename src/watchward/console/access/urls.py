"""The addresses of people and the audit log."""

from django.urls import path

from watchward.console.access import audit_views, people_views

urlpatterns = [
    path("audit/", audit_views.audit, name="audit"),
    path("people/", people_views.people, name="people"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/link/", people_views.make_link, name="make_link"),
    path("people/<int:pk>/recovery/", people_views.approve_recovery, name="approve_recovery"),
    path("people/<int:pk>/roles/<int:post>/withdraw/", people_views.withdraw_post, name="withdraw_post"),
    path("people/<int:pk>/roles/give/", people_views.give_post, name="give_post"),
    path("people/<int:pk>/switch/", people_views.switch, name="switch_account"),
    path("people/invite/", people_views.invite, name="invite"),
]
