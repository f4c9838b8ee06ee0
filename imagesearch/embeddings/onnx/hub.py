"""Brings a model from the hub into DATA_DIR/models, once: resumed where it was cut, and checked."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from imagesearch.configuration.conf import setting
from imagesearch.embeddings.onnx.export import Export
from imagesearch.errors import ModelError

log = logging.getLogger(__name__)

REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")
LISTING_SECONDS = 10
LOCK_SECONDS = 10  # a download by another process may take an hour; do not wait for its end


class HubFile(NamedTuple):
    """A file of a repository, as the hub lists it."""

    name: str
    size: int
    sha256: str | None  # of a large file; of a small one, the hub knows
    git_id: str | None  # only git's own checksum

    def matches(self, path: Path) -> bool:
        """Whether these are the bytes that the hub has."""
        if self.sha256:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        content = path.read_bytes()
        return (
            hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            == self.git_id
        )


class Listing(NamedTuple):
    """What a repository holds at one commit."""

    repository: str
    commit: str
    files: dict[str, HubFile]


def folder(repository: str) -> Path:
    """Where the model's files lie; downloaded if they are not there yet. Raises ModelError.

    Once complete, the hub is never asked again: vectors of two versions of a model cannot be compared.
    """
    if not REPOSITORY.fullmatch(repository):
        raise ModelError(
            f"{repository!r} is neither a folder that exists here nor a repository (owner/name) of the hub."
        )
    target = Path(setting("DATA_DIR")) / "models" / repository.replace("/", "--")
    if target.is_dir():
        return target
    with explained(repository):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(f"{target.name}.lock"), timeout=LOCK_SECONDS):
            if not target.is_dir():
                download(list_files(repository), target)
    return target


def list_files(repository: str) -> Listing:
    from huggingface_hub import HfApi  # costs 0.3 s

    info = HfApi().model_info(repository, files_metadata=True, timeout=LISTING_SECONDS)
    files = [
        HubFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else None, file.blob_id)
        for file in info.siblings or []
    ]
    return Listing(repository, info.sha or "main", {file.name: file for file in files})


def download(listing: Listing, target: Path) -> None:
    """Into a folder of this commit beside the target, which takes the target's name once it is complete."""
    part = target.with_name(f"{target.name}.{listing.commit[:12]}.part")
    wanted = [listing.files[name] for name in Export.among(listing.files, listing.repository).files]
    megabytes = sum(file.size for file in wanted) / 1e6
    log.info("Downloading the model %s: %d files, %.0f MB.", listing.repository, len(wanted), megabytes)
    for file in wanted:
        bring(file, listing, part / file.name)
    part.rename(target)
    log.info("The model %s is complete in %s.", listing.repository, target)


def bring(file: HubFile, listing: Listing, path: Path) -> None:
    """One file, going on where an earlier attempt ended; the library shows a bar and retries five times.

    Its own `hf_hub_download` forgets what an earlier process brought, and checks no more than the length.
    Raises ModelError on a wrong checksum, and what the library raises.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    url = hf_hub_url(listing.repository, file.name, revision=listing.commit)
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    with partial.open("ab") as output:
        http_get(
            url,
            output,
            resume_size=output.tell(),
            headers=headers,
            expected_size=file.size,
            displayed_filename=file.name,
        )
    if not file.matches(partial):
        partial.unlink()
        raise ModelError(
            f"{file.name} of {listing.repository} arrived with a wrong checksum and was deleted. Try again."
        )
    partial.rename(path)


@contextmanager
def explained(repository: str) -> Iterator[None]:
    """Raises every failure of a download as a ModelError that says what to do."""
    try:
        yield
    except ModelError:
        raise
    except Timeout as error:
        raise ModelError(
            f"Another process is downloading {repository}. Try again when it is done."
        ) from error
    except Exception as error:  # the library's own errors, the system's, and those of its HTTP client
        raise ModelError(
            f"The model {repository} could not be downloaded: {reason(error)}. "
            f"Its files may also come another way: then name their folder, clip/<folder>."
        ) from error


def reason(error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return "the hub asks you to accept its licence first, then to set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "the hub has no such repository, or it is private and needs HF_TOKEN"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if "Timeout" in type(error).__name__:
        return "the hub stopped answering; what arrived is kept, so try again to go on"
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
