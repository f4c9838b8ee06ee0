"""What people write about themselves: the name that others see, and a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class NameForm(UserForm):
    """One name for people, kept as Django's first name; where the admin set two, both show as one."""

    display_name = forms.CharField(
        label=_("Name that others see"),
        required=False,
        max_length=150,
        help_text=_("Shown beside your images. Only curators see your username."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.initial["display_name"] = self.instance.get_full_name()

    def clean_display_name(self) -> str:
        name = " ".join(self.cleaned_data["display_name"].split())
        if not name.isprintable():
            raise forms.ValidationError(_("This name contains invisible characters. Remove them."))
        return name

    def save(self, commit: bool = True) -> User:
        user = self.instance
        if self.cleaned_data["display_name"] != user.get_full_name():
            user.first_name, user.last_name = self.cleaned_data["display_name"], ""
            user.save(update_fields=["first_name", "last_name"])
        return user


class PasswordForm(PasswordChangeForm):
    """Django's, but guesses of the old password count as failed logins."""

    def __init__(self, request: HttpRequest, data: QueryDict | None = None) -> None:
        super().__init__(request.user, data, label_suffix="")
        self.request = request
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
            field.widget.attrs.pop("autofocus", None)

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=old) is None:
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old
