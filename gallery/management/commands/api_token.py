"""Issue or revoke the keys that programs write to the gallery with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from gallery.models import ApiToken


class Command(BaseCommand):
    help = "Issue an API token for a user, printed last and only now; or revoke them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument(
            "--revoke",
            metavar="PREFIX",
            nargs="?",
            const="",
            help="revoke the user's tokens, or the one that begins so",
        )
        parser.add_argument("--list", action="store_true", help="list the user's tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['user']}. manage.py createsuperuser makes one; so does the admin."
            )
        tokens = ApiToken.objects.filter(user=user)
        if options["revoke"] is not None:
            count, _ = tokens.filter(prefix__startswith=options["revoke"][:8]).delete()
            self.stdout.write(f"{count} tokens of {user} revoked.")
        elif options["list"]:
            for token in tokens:
                used = f"last used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
                self.stdout.write(f"{token}  made {token.created_at:%Y-%m-%d}, {used}")
        else:
            self.stdout.write(f"A token for {user}; it is shown only now:")
            self.stdout.write(ApiToken.issue(user))
