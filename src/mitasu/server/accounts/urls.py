"""Addresses of the accounts room."""

from django.urls import path

from mitasu.server.accounts import views

urlpatterns = [path("sign-in/<str:secret>/", views.sign_in_link, name="sign-in-link")]
