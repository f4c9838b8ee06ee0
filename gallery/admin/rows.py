"""What the lists and forms of the admin need for long lists, and for several people at work."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from gallery.curation.editing import EditConflict, RowGone
from imagesearch.database.ids import read_id


class RowAdmin:
    """Before ModelAdmin: long lists, selections from elsewhere, and rows that others are editing too.

    The form is an AdminRowForm.
    """

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Their names, without all the terms, links and vectors, which would have to be loaded."""
        count = objs.count() if isinstance(objs, QuerySet) else len(objs)
        shown = [str(item) for item in objs[:20]]
        more = [_("and %(count)s more") % {"count": f"{count - len(shown):,}"}] if count > len(shown) else []
        return [*shown, *more], {str(self.opts.verbose_name_plural): count}, set(), []  # type: ignore[attr-defined]

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """Refuse what is not an id before a query fails on it."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(read_id(pk) is None for pk in chosen):
            raise BadRequest(_("Invalid selection. Go back to the list and select the rows again."))
        return super().response_action(request, queryset)  # type: ignore[misc]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The page of one row; where it was changed or deleted while it was saved, that is shown."""
        try:
            return self.row_view(request, object_id, form_url, extra_context)
        except EditConflict:  # between the form's look at the row and the lock: now the form sees it
            for file in request.FILES.values():
                file.seek(0)  # type: ignore[union-attr]
            return self.row_view(request, object_id, form_url, extra_context)
        except RowGone as error:
            self.message_user(request, str(error), messages.ERROR)  # type: ignore[attr-defined]
            opts = self.opts  # type: ignore[attr-defined]
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_changelist")

    def row_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        return super().changeform_view(request, *args)  # type: ignore[misc,no-any-return]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        if context["adminform"].form.has_conflicts:
            response.status_code = EditConflict.status
        return response
