"""Static files under names that carry their content's hash, the imports between our scripts included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Without this switch a script would import its neighbour under the plain name, and run it twice."""

    support_js_module_import_aggregation = True
