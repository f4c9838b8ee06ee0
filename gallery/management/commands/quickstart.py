"""Make a gallery ready to serve: database, admin login, model, and pictures to look at. Repeatable."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from gallery.models import ImageItem, VectorSpace
from gallery.samples import marker
from gallery.web.public_address import listening_url
from imagesearch.data_dir.folders import prepare
from imagesearch.data_dir.permissions import narrow
from imagesearch.database import server
from imagesearch.database.setup import provide, refuse_newer
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ModelError


class Command(BaseCommand):
    help = "Prepare the database, an admin login, the embedding model and a sample gallery. Repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-samples", action="store_true", help="leave an empty library empty")
        parser.add_argument(
            "--reset-password", action="store_true", help="give the user admin a new password"
        )
        parser.add_argument(
            "--create-database",
            action="store_true",
            help="accepted for older scripts: a missing database is always created",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = self.prepare(**options)
        if not options["no_samples"] and marker.begin():
            call_command("add_samples", stdout=self.stdout, stderr=self.stderr)
        self.say(f"{ImageItem.objects.count()} images in {settings.DATA_DIR}", password)

    def prepare(self, *, reset_password: bool, **_: Any) -> str:
        """All that a server needs, which is everything but pictures. Returns `admin_password`.

        Raises CommandError.
        """
        prepare()
        for folder in (settings.MEDIA_ROOT, settings.QUERY_ROOT):
            folder.mkdir(parents=True, exist_ok=True)
        if provide("default"):
            self.stdout.write(f"Created the database {server.address('default')}.")
        if line := narrow():
            self.stderr.write(line)
        self.check(databases=["default"])
        refuse_newer("default")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        password = self.admin_password(reset=reset_password)
        self.prepare_model()
        return password

    def admin_password(self, *, reset: bool) -> str:
        """The password of `admin` where it has just been made, else ""."""
        user, created = get_user_model().objects.get_or_create(
            username="admin", defaults={"is_staff": True, "is_superuser": True}
        )
        if not created and not reset:
            return ""
        password = new_password(user)
        user.set_password(password)
        user.save()
        return password

    def prepare_model(self) -> None:
        try:
            get_embedder(VectorSpace.current().model).warm_up()
        except ModelError as error:
            raise CommandError(str(error)) from error

    def say(self, pictures: str, password: str) -> None:
        """The start's summary: `pictures` is its line about them."""
        embedder = get_embedder(VectorSpace.current().model)
        reset = "manage.py quickstart --reset-password makes a new one"
        if password:
            login = f"admin / {password}   (shown only now; {reset})"
        else:
            login = f"admin, with the password of the first start ({reset})"
        self.stdout.write(f"\n  {pictures}")
        self.stdout.write(f"  Model    {embedder.name}: {embedder.summary}")
        self.stdout.write("           To choose another: docs/embedding-models.md")
        self.stdout.write(f"  Login    {login}")
        self.stdout.write(self.style.SUCCESS(f"  Address  {listening_url()}\n"))


def new_password(user: Any) -> str:
    """One that Django's validators accept for this user, as everybody's must be."""
    while True:
        password = secrets.token_urlsafe(9)
        try:
            validate_password(password, user)
        except ValidationError:
            continue
        return password
