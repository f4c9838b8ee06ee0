"""Every URL of the gallery; tests/gallery/web/test_permissions.py has a table of roles and actions."""

from __future__ import annotations

from django.urls import path, re_path

from gallery.views import (
    account,
    add,
    appearance,
    compare,
    health,
    image,
    library,
    media,
    search,
    session,
    status,
    suggest,
)
from gallery.views.api import about as api_about
from gallery.views.api import image as api_image
from gallery.views.api import images as api_images
from gallery.views.api import search as api_search
from gallery.views.saved_searches import feed
from gallery.views.saved_searches import pages as saved_searches

urlpatterns = [
    path("", library.library, name="library"),
    path("image/<int:pk>/", image.image, name="image"),
    path("image/<int:pk>/similar/", image.similar, name="image_similar"),
    path("image/<int:pk>/edit/", image.edit, name="image_edit"),
    path("image/<int:pk>/delete/", image.delete, name="image_delete"),
    path("image/<int:pk>/moderation/", image.moderation, name="image_moderation"),
    path("search/", search.search, name="search"),
    path("search/suggest", suggest.suggest, name="suggest"),
    path("search/save", saved_searches.save, name="search_save"),
    path("search/picture", search.picture, name="search_picture"),
    path("search/picture/<str:token>", search.query_picture, name="query_picture"),
    path("searches/", saved_searches.searches, name="searches"),
    path("searches/new", saved_searches.new_counts, name="saved_new"),
    path("searches/<int:pk>/", saved_searches.open_saved, name="saved_open"),
    path("searches/<int:pk>/rename", saved_searches.rename, name="saved_rename"),
    path("searches/<int:pk>/delete", saved_searches.delete, name="saved_delete"),
    path("searches/<int:pk>/renew", saved_searches.renew_feed, name="saved_renew"),
    path("searches/<str:token>.json", feed.feed, name="saved_feed"),
    path("compare/", compare.compare, name="compare"),
    path("compare/picture/<str:token>", compare.picture, name="compare_picture"),
    path("add/", add.add, name="add"),
    path("status/", status.status, name="status"),
    path("status/retry/", status.retry, name="status_retry"),
    path("theme/", appearance.theme, name="theme"),
    path("scores/", appearance.scores, name="scores"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account_password"),
    path("login/", session.login, name="login"),
    path("logout/", session.logout, name="logout"),
    re_path(
        r"^media/(?P<pk>\d+)-(?P<sha8>[0-9a-f]{8})\.(?P<kind>[tvo])(?:\d{1,5})?$", media.media, name="media"
    ),
    path("healthz/live", health.live, name="healthz_live"),
    path("healthz/ready", health.ready, name="healthz_ready"),
    path("api/images", api_images.images, name="api_images"),
    path("api/images/<int:pk>", api_image.image, name="api_image"),
    path("api/images/<int:pk>/similar", api_search.similar, name="api_similar"),
    path("api/search", api_search.search, name="api_search"),
    path("api/status", api_about.status, name="api_status"),
    path("api/openapi.json", api_about.openapi, name="api_openapi"),
]
