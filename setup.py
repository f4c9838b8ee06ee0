"""Maps templates/ and static/, which lie beside the packages, into gallery/ of the wheel."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["imagesearch*", "gallery*"]), "gallery.templates", "gallery.static"],
    package_dir={"gallery.templates": "templates", "gallery.static": "static"},
    include_package_data=True,  # all that MANIFEST.in names inside of them
)
