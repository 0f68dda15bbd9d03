"""The addresses of patient harm."""

from django.urls import path

from watchward.console.harm import number_views, question_views, sensitivity_views, views, what_if_views

urlpatterns = [
    path("harm/", views.worst, name="harm"),
    path("harm/ranking/", views.worst_table, name="harm-table"),
    path("harm/parameters/", number_views.numbers, name="harm-parameters"),
    path("harm/parameters/own/", number_views.change, name="harm-number"),
    path("harm/parameters/own/<int:key>/end/", number_views.end, name="harm-number-end"),
    path("organisations/<str:code>/care/questions/", question_views.questions, name="care_questions"),
    path("organisations/<str:code>/care/questions/again/", question_views.again, name="care_question_again"),
    path("harm/validation/", views.validation, name="harm-validation"),
    path("harm/sensitivity/", sensitivity_views.moving, name="harm-sensitivity"),
    path("harm/sensitivity/table/", sensitivity_views.moving_table, name="harm-sensitivity-table"),
    path("harm/what-if/", what_if_views.what_if, name="harm-what-if"),
    path("harm/what-if/table/", what_if_views.what_if_table, name="harm-what-if-table"),
]
