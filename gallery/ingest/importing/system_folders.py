"""Folders that computers make for themselves: thumbnails, previews, deleted files, snapshots.

Only names that people do not give to folders of their own; compared without regard to case.
"""

from __future__ import annotations

from gallery.ingest.importing.entry import Skipped

THUMBNAILS, DELETED, SNAPSHOTS, SYSTEM = (
    "thumbnails and previews",
    "deleted files",
    "snapshots",
    "system files",
)

# Names that begin with a dot (.Trashes, .thumbnails, .picasaoriginals, .@__thumb) are passed over as hidden.
NAMES = {
    # Synology, QNAP and other network storage
    "@eaDir": THUMBNAILS,
    "#recycle": DELETED,
    "@Recycle": DELETED,
    "Network Trash Folder": DELETED,
    "#snapshot": SNAPSHOTS,
    "@Recently-Snapshot": SNAPSHOTS,
    "@GMT-snapshots": SNAPSHOTS,
    "@tmp": SYSTEM,
    "@download": SYSTEM,
    "@sharebin": DELETED,
    "@sharesnap": SNAPSHOTS,
    "@Transcode": SYSTEM,
    "Temporary Items": SYSTEM,
    # Windows
    "$RECYCLE.BIN": DELETED,
    "$Recycle": DELETED,
    "RECYCLER": DELETED,
    "RECYCLED": DELETED,
    "System Volume Information": SYSTEM,
    "$WINDOWS.~BT": SYSTEM,
    "$WINDOWS.~WS": SYSTEM,
    "OneDriveTemp": SYSTEM,
    # Linux, macOS and cameras
    "lost+found": SYSTEM,
    "__MACOSX": SYSTEM,
    "THMBNL": THUMBNAILS,
    "CANONMSC": SYSTEM,
    # Photo programs
    "CaptureOne": THUMBNAILS,
}
ENDINGS = {
    ".lrdata": THUMBNAILS,  # Lightroom: Previews.lrdata, Smart Previews.lrdata
    ".lrcat-data": SYSTEM,
    ".aplibrary-thumbnails": THUMBNAILS,
}
# A video's thumbnail that a camera writes beside it; by its content a JPEG.
VIDEO_THUMBNAILS = (".thm",)

# Libraries of Apple's programs are folders, too. Only their folders of originals hold people's pictures.
LIBRARY_ENDINGS = (
    ".photoslibrary",
    ".photolibrary",
    ".migratedphotolibrary",
    ".aplibrary",
    ".migratedaplibrary",
    ".photoboothlibrary",
)
LIBRARY_NAMES = ("iphoto library", "photo booth library")
ORIGINALS = {"originals", "masters", "pictures"}

_NAMES = {name.casefold(): kind for name, kind in NAMES.items()}


def system_folder(name: str) -> Skipped | None:
    """Why a folder of this name is passed over with all that is in it; None where it is not."""
    folded = name.casefold()
    kind = _NAMES.get(folded) or next((ENDINGS[end] for end in ENDINGS if folded.endswith(end)), None)
    if kind is None:
        return None
    shown = name if folded in _NAMES else f"*{folded[folded.rindex('.') :]}"
    return Skipped(f"in {shown} ({kind})")


def is_library(name: str) -> bool:
    """Whether a folder of this name is a library of Apple's Photos, iPhoto, Aperture or Photo Booth."""
    folded = name.casefold()
    return folded.endswith(LIBRARY_ENDINGS) or folded in LIBRARY_NAMES


def outside_originals(library: str, name: str) -> Skipped | None:
    """Why something directly in a library is passed over; None for its folders of originals."""
    if name.casefold() in ORIGINALS:
        return None
    ending = library.casefold().rpartition(".")[2] if "." in library else ""
    shown = f"*.{ending}" if ending else library
    return Skipped(f"in {shown} (previews and data beside the originals)")
