"""A person's own account: the name that others see, and the password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gallery.accounts.forms import NameForm, PasswordForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The page; a POST changes the name."""
    if request.method != "POST":
        return page(request)
    form = NameForm(request.POST, instance=request.user)
    if not form.is_valid():
        return page(request, name=form)
    form.save()
    messages.success(request, _("Your name was saved."))
    return redirect("account")


@sensitive_post_parameters()
@never_cache
@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change it: this session goes on, and all others of the person end."""
    form = PasswordForm(request, request.POST)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, _("Your password was changed. Your other sessions were logged out."))
        return redirect("account")
    return page(request, password=form)


def page(request: HttpRequest, **forms: Any) -> HttpResponse:
    """With the forms that were sent and refused, if any."""
    context = {"name": NameForm(instance=request.user), "password": PasswordForm(request), **forms}
    return render(request, "gallery/account/page.html", context, status=422 if forms else 200)
