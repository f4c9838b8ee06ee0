"""Logging in: guesses are refused and logged, and lock out no owner; and the page of one's own account."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from gallery.models import ApiToken
from gallery.web import logins
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "korrekt-pferd-batterie"
HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann", password=GOOD)


def log_in(name: str = "ann", password: str = "wrong", address: str = HERE, path: str = "/login/") -> Any:
    sent = {"username": name, "password": password, "next": "/"}
    return Client(REMOTE_ADDR=address).post(path, sent)


def later(minutes: int) -> None:
    """As if all failures had been so long ago."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_after_the_limit_a_right_password_is_refused_too(ann: User, settings: Any, path: str) -> None:
    ann.is_staff = True
    ann.save()
    settings.LOGIN_FAILURES = 3
    statuses = [log_in(path=path).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    answer = log_in(password=GOOD, path=path)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in answer.content.decode()
    assert "_auth_user_id" not in answer.client.session
    assert log_in(password=GOOD, address=ELSEWHERE, path=path).status_code == 302


def test_a_lockout_ends_by_itself(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES, settings.LOGIN_LOCKOUT_MINUTES = 2, 1
    for _ in range(3):
        answer = log_in()
    assert answer["Retry-After"] == "60"
    later(1)
    assert log_in(password=GOOD).status_code == 302


def test_failures_during_a_lockout_do_not_prolong_it(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 2
    for _ in range(2):
        log_in()
    later(10)
    log_in()
    later(5)
    assert log_in(password=GOOD).status_code == 302


def test_a_login_forgets_the_failures_before_it(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 3
    for _ in range(3):
        assert [log_in().status_code for _ in range(2)] == [200, 200]
        assert log_in(password=GOOD).status_code == 302


def test_many_accounts_from_one_address_are_limited_together(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 2
    statuses = [log_in(f"name{number}").status_code for number in range(2 * logins.PER_ADDRESS)]
    assert statuses == [200] * (2 * logins.PER_ADDRESS - 1) + [429]
    assert log_in(password=GOOD).status_code == 429
    assert log_in(password=GOOD, address=ELSEWHERE).status_code == 302


def test_logging_in_with_an_own_account_does_not_free_a_guesser(ann: User, settings: Any) -> None:
    User.objects.create_user("eve", password=GOOD)
    settings.LOGIN_FAILURES = 2
    for number in range(2 * logins.PER_ADDRESS - 1):
        log_in(f"name{number}")
        assert log_in("eve", GOOD).status_code == 302
    assert log_in("one-more").status_code == 429


def test_strangers_do_not_lock_out_an_owner_who_was_here_before(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 1
    assert log_in(password=GOOD).status_code == 302
    for number in range(logins.PER_ACCOUNT):
        log_in(address=f"198.51.100.{number}")
    assert log_in(password=GOOD, address="192.0.2.9").status_code == 429
    assert log_in(password=GOOD).status_code == 302


def test_what_is_long_ago_does_not_make_an_address_known(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 1
    log_in(password=GOOD)
    AccessLog.objects.update(attempt_time=timezone.now() - logins.KNOWN_ADDRESS_AGE)
    for number in range(logins.PER_ACCOUNT):
        log_in(address=f"198.51.100.{number}")
    assert log_in(password=GOOD).status_code == 429


def test_of_ipv6_a_whole_64_counts_as_one_address(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 2
    statuses = [log_in(address=f"2001:db8:1:2::{number}").status_code for number in range(1, 4)]
    assert statuses == [200, 429, 429]
    assert log_in(password=GOOD, address="2001:db8:1:3::1").status_code == 302


def test_behind_a_trusted_proxy_its_clients_are_told_apart(ann: User, settings: Any) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES, settings.LOGIN_FAILURES = (ip_network("10.0.0.0/8"),), 2

    def log_in_from(address: str, password: str) -> int:
        headers = {"X-Forwarded-For": address}
        client = Client(REMOTE_ADDR="10.0.0.1", headers=headers)
        return int(client.post("/login/", {"username": "ann", "password": password}).status_code)

    assert [log_in_from(HERE, "wrong") for _ in range(2)] == [200, 429]
    assert log_in_from(ELSEWHERE, GOOD) == 302
    assert log_in_from("unknown", "wrong") == 200


def test_odd_names_and_addresses_are_only_failed_logins(ann: User) -> None:
    for name in ("", "a\x00b", "x" * 10_000, "é🦆", "a\nb", "ann' OR 1=1", "\u202eann", "ANN", " ann "):
        for address in (HERE, "", "unix:", "fe80::1%eth0", "x" * 300):
            assert log_in(name, address=address).status_code in {200, 429}


def test_failures_and_logins_are_logged_without_passwords(ann: User, caplog: Any) -> None:
    with caplog.at_level(logging.INFO, "gallery.web.logins"):
        log_in("ann\r\nforged line" + "x" * 100, "hunter2")
        log_in(password=GOOD)
    said = [record.getMessage() for record in caplog.records if record.name == "gallery.web.logins"]
    assert len(said) == 2
    assert "\n" not in said[0]
    assert len(said[0]) < 120
    assert HERE in said[0]
    assert HERE in said[1]
    assert "hunter2" not in caplog.text
    assert GOOD not in caplog.text
    assert not AccessAttempt.objects.filter(post_data__contains="hunter2").exists()


def test_a_script_is_told_as_json(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 1
    sent = {"username": "ann", "password": "wrong"}
    answer = Client(headers={"Accept": "application/json"}).post("/login/", sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_logins")


def test_unknown_tokens_are_throttled_and_known_ones_go_on(uploader: User, caplog: Any) -> None:
    statuses = [
        Client(REMOTE_ADDR=HERE, headers={"Authorization": f"Bearer guess{number}"})
        .get("/api/images")
        .status_code
        for number in range(32)
    ]
    assert statuses == [401] * 30 + [429] * 2
    refused = Client(REMOTE_ADDR=HERE, headers={"Authorization": "Bearer guess"}).get("/api/images")
    assert 0 < int(refused["Retry-After"]) <= 60
    token = ApiToken.issue(uploader)
    for address, sent, status in ((HERE, token, 200), (ELSEWHERE, "guess", 401)):
        client = Client(REMOTE_ADDR=address, headers={"Authorization": f"Bearer {sent}"})
        assert client.get("/api/images").status_code == status
    assert "guess" not in caplog.text


# --- passwords -----------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["73920184756", "password1", "short", "uploader-7"])
def test_weak_passwords_are_refused_everywhere(uploader: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, uploader)
    client = Client()
    client.force_login(uploader)
    sent = {"old_password": "x", "new_password1": password, "new_password2": password}
    assert client.post("/account/password/", sent).status_code == 422


def test_the_password_of_the_first_start_passes_the_validators(monkeypatch: Any, settings: Any) -> None:
    from gallery.management.commands import quickstart

    made = iter(["123456789012", "password", "kQ3-xx_9aZ1b"])
    monkeypatch.setattr(quickstart.secrets, "token_urlsafe", lambda length: next(made))
    assert quickstart.new_password(User(username="admin")) == "kQ3-xx_9aZ1b"


def test_a_changed_password_keeps_this_session_and_ends_the_others(ann: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login/", {"username": "ann", "password": GOOD})
    new = "another-horse-42"
    sent = {"old_password": GOOD, "new_password1": new, "new_password2": new}
    answer = here.post("/account/password/", sent, follow=True)
    assert answer.redirect_chain == [("/account/", 302)]
    assert "Your password was changed. Your other sessions were logged out." in answer.content.decode()
    assert get_user(there).is_anonymous
    assert there.get("/account/").status_code == 302
    assert log_in(password=new).status_code == 302
    assert log_in(password=GOOD).status_code == 200


def test_guesses_of_the_old_password_count_as_failed_logins(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 3
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(ann)
    sent = {"old_password": "wrong", "new_password1": "another-horse-42", "new_password2": "another-horse-42"}
    assert [client.post("/account/password/", sent).status_code for _ in range(3)] == [422, 422, 429]
    answer = client.post("/account/password/", sent | {"old_password": GOOD})
    assert answer.status_code == 429
    ann.refresh_from_db()
    assert ann.check_password(GOOD)


def test_the_account_page_is_for_those_who_are_logged_in(ann: User) -> None:
    assert Client().get("/account/")["Location"] == "/login/?next=/account/"
    client = Client()
    client.force_login(ann)
    assert 'href="/account/"' in client.get("/").content.decode()
    assert client.get("/account/")["Cache-Control"].startswith("max-age=0, no-cache, no-store")


# --- the name that others see --------------------------------------------------------------------


def test_a_person_chooses_the_name_that_others_see(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    assert client.post("/account/", {"display_name": "  Ann   Boat "}).status_code == 302
    ann.refresh_from_db()
    assert ann.get_full_name() == "Ann Boat"
    client.post("/account/", {"display_name": ""})
    ann.refresh_from_db()
    assert ann.get_full_name() == ""


def test_a_name_in_two_parts_stays_so_while_it_is_not_changed(ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(first_name="Ann", last_name="Boat")
    client = Client()
    client.force_login(ann)
    assert 'value="Ann Boat"' in client.get("/account/").content.decode()
    client.post("/account/", {"display_name": "Ann Boat"})
    ann.refresh_from_db()
    assert (ann.first_name, ann.last_name) == ("Ann", "Boat")


@pytest.mark.parametrize("name", ["x" * 151, "a\u202eb", "a\x00b", "a\u200bb"])
def test_names_that_mislead_are_refused(ann: User, name: str) -> None:
    client = Client()
    client.force_login(ann)
    assert client.post("/account/", {"display_name": name}).status_code == 422
    ann.refresh_from_db()
    assert ann.get_full_name() == ""


@pytest.mark.parametrize("name", ["", "Ann Boat", "<script>alert(1)</script>"])
def test_no_page_shows_a_login_name_to_others(curator: User, name: str) -> None:
    owner = User.objects.create_user("login-name-of-ann", first_name=name)
    item = add("red", owner=owner, tags=["sea"])
    other = add("red", mark=1, owner=owner)
    paths = [
        "/",
        "/?sort=name",
        f"/image/{item.pk}/",
        "/search/?q=red",
        f"/search/?like={item.pk}",
        "/search/suggest?q=log",
        f"/compare/?a={item.pk}&b={other.pk}",
        "/status/",
        "/api/images",
        f"/api/images/{item.pk}",
        f"/api/images/{item.pk}/similar",
        "/api/search?q=red",
        "/api/status",
    ]
    for path in paths:
        said = Client().get(path).content.decode()
        assert "login-name-of-ann" not in said
        assert "<script>alert" not in said
    page = Client().get(f"/image/{item.pk}/").content.decode()
    assert ("by Ann Boat" in page) == (name == "Ann Boat")
    client = Client()
    client.force_login(curator)
    assert "login-name-of-ann" in client.get(f"/image/{item.pk}/").content.decode()


def test_quickstart_prints_a_password_that_logs_in(settings: Any, monkeypatch: Any) -> None:
    from gallery.management.commands.quickstart import Command

    command = Command(stdout=StringIO())
    password = command.admin_password(reset=False)
    assert log_in("admin", password).status_code == 302
    assert command.admin_password(reset=False) == ""


def test_the_operator_ends_a_lockout(ann: User, settings: Any) -> None:
    settings.LOGIN_FAILURES = 1
    log_in()
    assert log_in(password=GOOD).status_code == 429
    call_command("axes_reset", stdout=StringIO())
    assert log_in(password=GOOD).status_code == 302
