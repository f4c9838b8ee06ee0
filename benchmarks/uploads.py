"""Two hundred uploads at once through the real server: `python -m benchmarks.uploads`.

Prints what each was answered and how long it took, and whether rows, files and vectors agree afterwards.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import requests
from PIL import Image

from benchmarks.serving import scratch, server

UPLOADS = 200


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else UPLOADS
    pictures = [picture(number) for number in range(count)]
    with scratch():
        from django.contrib.auth import get_user_model
        from django.core.management import call_command

        from gallery.models import ApiToken, Embedding, ImageItem

        token = ApiToken.issue(get_user_model().objects.create_superuser("admin"))
        with server() as base, ThreadPoolExecutor(count) as pool:
            start = time.perf_counter()
            answers = list(pool.map(lambda picture: upload(base, token, picture), pictures))
            seconds = time.perf_counter() - start
            late = sum(code >= 500 for code, _ in answers)
            waits = sorted(wait for _, wait in answers)
        print(f"{count} uploads at once: {seconds:.1f} s, {count / seconds:.1f}/s")
        print(f"answers {Counter(code for code, _ in answers)}")
        print(f"wait: half {statistics.median(waits):.1f} s, longest {waits[-1]:.1f} s; server errors {late}")
        ready = ImageItem.objects.filter(state="ready").count()
        print(f"rows {ImageItem.objects.count()}, ready {ready}, vectors {Embedding.objects.count()}")
        call_command("check_gallery")


def picture(number: int, width: int = 640) -> bytes:
    """A noisy JPEG of 4 : 3, unlike any other."""
    noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    size = (width, width * 3 // 4)
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def upload(base: str, token: str, content: bytes) -> tuple[int, float]:
    """(HTTP status, seconds); where the server is busy, sent again after as long as it asks for."""
    start = time.perf_counter()
    files = {"image": ("noise.jpg", content, "image/jpeg")}
    headers = {"Authorization": f"Bearer {token}"}
    while True:
        answer = requests.post(f"{base}/api/images", files=files, headers=headers, timeout=300)
        if answer.status_code not in (429, 503) or "Retry-After" not in answer.headers:
            break
        time.sleep(float(answer.headers["Retry-After"]))
    return answer.status_code, time.perf_counter() - start


if __name__ == "__main__":
    main()
