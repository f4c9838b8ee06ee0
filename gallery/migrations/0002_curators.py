"""The group whose members look after the gallery."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

PERMISSIONS = [
    *(
        f"{action}_{model}"
        for model in ("imageitem", "tag")
        for action in ("add", "change", "delete", "view")
    ),
    "curate",
]


def make_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Permissions are made after all migrations; the group needs its own now.
    create_permissions(installed.get_app_config("gallery"), verbosity=0, using=alias, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name="Curator")
    group.permissions.add(*permissions.filter(content_type__app_label="gallery", codename__in=PERMISSIONS))


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
