"""Admin classes of API tokens, query pictures, saved searches and vector spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gallery.admin.lists import name_column
from gallery.models import ApiToken, QueryPicture, SavedSearch, VectorSpace
from imagesearch.database.transactions import after_commit
from imagesearch.embeddings.scores import Kind
from imagesearch.vectors.tiflash import state_cache

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    TokenModelAdmin = admin.ModelAdmin[ApiToken]
    QueryPictureModelAdmin = admin.ModelAdmin[QueryPicture]
    SavedSearchModelAdmin = admin.ModelAdmin[SavedSearch]
    VectorSpaceModelAdmin = admin.ModelAdmin[VectorSpace]
else:
    TokenModelAdmin = QueryPictureModelAdmin = admin.ModelAdmin
    SavedSearchModelAdmin = VectorSpaceModelAdmin = admin.ModelAdmin


class ApiTokenAdmin(TokenModelAdmin):
    """Issued by adding, revoked by deleting; a token itself is seen once."""

    list_display = ("__str__", "user", "created_at", "last_used_at")
    list_select_related = ("user",)
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Others than superusers see their own tokens: a token is as good as its user's password."""
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=cast("User", request.user))

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        return ("prefix", "user", "created_at", "last_used_at") if obj else ("user",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        people = get_user_model()._default_manager.order_by("username")
        kwargs["queryset"] = (
            people if request.user.is_superuser else people.filter(username=request.user.get_username())
        )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": str(request.user.pk)}

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        token = ApiToken.issue(obj.user)
        issued = ApiToken.objects.get(sha256=ApiToken.digest(token))
        obj.pk, obj.prefix = issued.pk, issued.prefix
        sentence = _("The token of {}. It is shown only once: <code>{}</code>")
        self.message_user(request, format_html(sentence, obj.user, token), messages.WARNING)

    def get_actions(self, request: HttpRequest) -> Any:
        """Name the action “Revoke”."""
        actions: dict[str, Any] = {**super().get_actions(request)}
        if "delete_selected" in actions:
            actions["delete_selected"] = (*actions["delete_selected"][:2], _("Revoke the selected tokens"))
        return actions


class QueryPictureAdmin(QueryPictureModelAdmin):
    """Visitors' pictures: neither shown nor changed here, but can be deleted before they expire."""

    list_display = ("__str__", "created_at", "expires_at")
    fields = ("name", "created_at", "expires_at")
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: QueryPicture | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: QueryPicture) -> None:
        """Row before file, as everywhere."""
        super().delete_model(request, obj)
        after_commit(obj.file.delete, save=False)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[QueryPicture]) -> None:
        for picture in queryset:
            self.delete_model(request, picture)


class SavedSearchAdmin(SavedSearchModelAdmin):
    """Owner and query of each; read-only, but can be deleted."""

    list_display = (name_column, "owner", "seen_at", "created_at")
    list_select_related = ("owner",)
    fields = ("name", "owner", "query", "seen_at", "created_at")
    ordering = ("owner", "sort_key", "key")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SavedSearch | None = None) -> bool:
        return False


class VectorSpaceAdmin(VectorSpaceModelAdmin):
    """Which model filled the vectors, and which one answers; changed by commands, since it takes a while."""

    list_display = ("model", "in_use", "created_at")
    fields = ("model", "in_use", "table", "index", "calibrated", "pictures", "words", "created_at")
    ordering = ("-active", "-created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: VectorSpace | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: VectorSpace | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("vector index"))
    def index(self, space: VectorSpace) -> str:
        state = state_cache.get(space.vectors._meta.get_field("vector"))
        return state.sentence if state else _("Not needed: search is exact, in memory.")

    @admin.display
    def calibrated(self, space: VectorSpace) -> str:
        if (found := space.findings()) is None:
            return _("Not on this gallery yet: manage.py calibrate")
        text = ngettext("%(time)s, on %(count)s image", "%(time)s, on %(count)s images", found.images)
        time = date_format(localtime(found.moment), "DATETIME_FORMAT")
        return text % {"time": time, "count": f"{found.images:,}"}

    @admin.display(description=gettext_lazy("by picture"))
    def pictures(self, space: VectorSpace) -> str:
        return self.bands(space, "picture")

    @admin.display(description=gettext_lazy("by words"))
    def words(self, space: VectorSpace) -> str:
        return self.bands(space, "words")

    def bands(self, space: VectorSpace, kind: Kind) -> str:
        """The cosines that they begin at, why there, and what is right of what lies in each."""
        found, cuts = space.findings(), space.cuts()
        if (side := found.of_kind(kind) if found else None) is None:
            return str(cuts.cuts(kind) if cuts else _("no bands"))
        return f"{side.sentence}. {side.shared}"

    @admin.display(description=gettext_lazy("in use"), ordering="active")
    def in_use(self, space: VectorSpace) -> str:
        if space.active:
            return _("Active: used for searches")
        return _("Being filled: used when complete") if space.wanted else _("No; its vectors are kept")
