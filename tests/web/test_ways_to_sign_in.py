"""Ways to sign in as a browser walks them: a passkey, and the account of the organisation."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from application import Running, started, stopped
from flows import picture
from hands import Mouse
from playwright.sync_api import Browser, CDPSession, Page
from tests.oidc_provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.slow
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""The fingerprint reader of a notebook, with the finger on it."""


@pytest.fixture(scope="module")
def organisation() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def own(tmp_path_factory: Any, organisation: Provider) -> Iterator[Running]:
    """An application of its own, told of the provider."""
    running = started(
        tmp_path_factory.mktemp("ways") / "data",
        MITASU_OIDC_SERVER=organisation.address, MITASU_OIDC_CLIENT=CLIENT, MITASU_OIDC_SECRET=SECRET,
        MITASU_OIDC_NAME="病院のアカウント",
    )  # fmt: skip
    yield running
    stopped(running.process)


def newcomer(running: Running) -> str:
    """The first link of a new user."""
    command = [
        sys.executable,
        "-m",
        "mitasu",
        "user",
        "add",
        f"u{secrets.token_hex(3)}",
        "--data",
        str(running.data),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return running.address + "/sign-in/" + done.stdout.partition("/sign-in/")[2].split()[0]


@pytest.fixture
def hand(browser: Browser, own: Running) -> Iterator[Mouse]:
    """Someone signed in by a link, in a window of their own; what the console complains of fails the test."""
    window = browser.new_context(
        base_url=own.address, locale="ja-JP", viewport={"width": 1280, "height": 900}
    )
    window.set_default_timeout(15_000)
    page = window.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(newcomer(own))
    yield Mouse(page)
    window.close()
    assert complaints == []


def fingerprint(page: Page) -> tuple[CDPSession, str]:
    """A virtual authenticator in the browser, and its number."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]


def grown_old(running: Running) -> None:
    """An hour passes for everyone who is signed in."""
    code = """
import django; django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if "signed_in_at" in session:
        session["signed_in_at"] -= 3600
        for record in session.get("account_authentication_methods", []):
            record["at"] -= 3600
        session.save()
"""
    environment = {
        **os.environ, "MITASU_DATA": str(running.data), "DJANGO_SETTINGS_MODULE": "mitasu.server.config.settings",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)


def signed_in(page: Page) -> bool:
    page.goto("/account/")
    return page.url.partition("?")[0].endswith("/account/")


def test_a_passkey_is_registered_and_signs_in_without_a_password(hand: Mouse) -> None:
    session, number = fingerprint(hand.page)
    hand.page.goto("/account/")
    hand.press("認証アプリ・パスキーを設定する")
    hand.page.goto("/accounts/2fa/webauthn/add/")
    picture(hand.page, "passkey-add")
    hand.write("名前", "医事課の端末")
    assert hand.page.get_by_role("checkbox").is_checked()
    with hand.page.expect_navigation():
        hand.page.locator("#mfa_webauthn_add").click()
    [kept] = session.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"]
    assert kept["isResidentCredential"]
    assert kept["rpId"] == "localhost"
    hand.page.goto("/accounts/2fa/webauthn/")
    picture(hand.page, "passkey-list")
    assert "医事課の端末" in hand.says()
    assert "パスキー（これだけでサインインできる）" in hand.says()
    hand.page.get_by_role("button", name="ログアウト").click()
    assert not signed_in(hand.page)
    picture(hand.page, "sign-in")
    with hand.page.expect_navigation(url=re.compile("(?!.*login)")):
        hand.page.locator("#passkey_login").click()
    assert signed_in(hand.page)
    assert (
        session.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"][0]["signCount"]
        > 0
    )


def test_a_passkey_is_a_fresh_sign_in_too(hand: Mouse, own: Running) -> None:
    fingerprint(hand.page)
    hand.page.goto("/accounts/2fa/webauthn/add/")
    with hand.page.expect_navigation():
        hand.page.locator("#mfa_webauthn_add").click()
    grown_old(own)
    hand.page.goto("/notices/")
    hand.page.evaluate("location.href = '/sites/export/'")
    hand.page.locator("#mfa_webauthn_reauthenticate").wait_for()
    picture(hand.page, "passkey-again")
    with hand.page.expect_download() as got:
        hand.page.locator("#mfa_webauthn_reauthenticate").click()
    assert got.value.suggested_filename.endswith(".csv")


def test_a_user_links_the_account_of_the_organisation_and_signs_in_with_it(
    hand: Mouse, organisation: Provider
) -> None:
    hand.page.goto("/account/")
    hand.press("つなぐ・外す")
    picture(hand.page, "organisation-link")
    hand.press("病院のアカウントをつなぐ")
    with hand.page.expect_navigation(url=re.compile("3rdparty|reauthenticate")):
        hand.page.locator("main form button").click()
    assert organisation.asked[-1]["prompt"] == "login"
    assert "次のアカウントでサインインできます" in hand.says()
    picture(hand.page, "organisation-linked")
    hand.page.get_by_role("button", name="ログアウト").click()
    hand.page.goto("/accounts/login/?next=/notices/")
    hand.press("病院のアカウントでサインイン")
    picture(hand.page, "organisation-sign-in")
    with hand.page.expect_navigation(url=re.compile("/notices/")):
        hand.page.locator("main form button").click()
    assert "prompt" not in organisation.asked[-1]
    assert hand.heading() == "お知らせ"
