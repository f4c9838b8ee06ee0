"""The shop's addresses."""

from django.urls import path

from . import views

urlpatterns = [path("product/<int:pk>/", views.product), path("search/", views.search)]
