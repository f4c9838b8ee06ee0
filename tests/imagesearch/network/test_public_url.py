"""PUBLIC_URL is taken apart as browsers understand it, and nonsense is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagesearch.network.public_url import PublicUrl, is_loopback, parse


@pytest.mark.parametrize(
    ("value", "parts", "normal"),
    [
        ("https://pictures.example", ("https", "pictures.example", None, ""), "https://pictures.example"),
        ("https://pictures.example/", ("https", "pictures.example", None, ""), "https://pictures.example"),
        ("HTTPS://Pictures.Example.", ("https", "pictures.example", None, ""), "https://pictures.example"),
        ("https://h:443/photos/", ("https", "h", None, "/photos"), "https://h/photos"),
        ("https://h/photos//", ("https", "h", None, "/photos"), "https://h/photos"),
        ("http://h:80", ("http", "h", None, ""), "http://h"),
        ("https://h:8443/a/b-c_d.~e", ("https", "h", 8443, "/a/b-c_d.~e"), "https://h:8443/a/b-c_d.~e"),
        ("http://[2001:DB8:0::1]:81/x", ("http", "[2001:db8::1]", 81, "/x"), "http://[2001:db8::1]:81/x"),
        (
            "https://bücher.example",
            ("https", "xn--bcher-kva.example", None, ""),
            "https://xn--bcher-kva.example",
        ),
        ("http://nas_1.local:8000", ("http", "nas_1.local", 8000, ""), "http://nas_1.local:8000"),
    ],
)
def test_an_address_is_taken_apart_and_normalized(
    value: str, parts: tuple[str, str, int | None, str], normal: str
) -> None:
    assert parse(value) == PublicUrl(*parts)
    assert str(parse(value)) == normal


def test_no_address_has_no_parts() -> None:
    assert parse("") is None


@pytest.mark.parametrize(
    "value",
    [
        "pictures.example",
        "//pictures.example",
        "ftp://pictures.example",
        "https://",
        "https://:8000",
        "https://user:secret@pictures.example",
        "https://pictures.example?x=1",
        "https://pictures.example#x",
        "https://pictures.example:0",
        "https://pictures.example:70000",
        "https://pictures.example:http",
        "https://pictures example",
        "https://-pictures.example",
        "https://pictures..example",
        "https://[::1",
        "https://[::zz]",
        "https://*.example",
        "https://h/my photos",
        "https://h/my%20photos",
        "https://h/fotos/ärger",
        "https://h/a//b",
        "https://h/../b",
        "https://h/./b",
        "https://h/a;b",
        "https://h/a\\b",
        "https://h/{x}",
    ],
)
def test_nonsense_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"takes an address such as https://pictures\.example"):
        parse(value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_is_this_computer(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
