"""The form that registers a passkey, in the words of our users."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]  # untyped library
    """A passkey unless someone wants a mere second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "名前"
        self.fields["name"].help_text = "どの端末や鍵かが分かる名前。例：医事課の端末"
        if "passwordless" in self.fields:
            self.fields["passwordless"].label = "パスワードなしで、これだけでサインインする（パスキー）"
            self.fields["passwordless"].help_text = "外すと、パスワードの次に使う鍵になります。"
            self.fields["passwordless"].initial = True
