"""A small OpenID Connect provider on this machine, and one that lies, for the tests of signing in."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "mitasu-test", "not-a-secret"


@dataclass
class Provider:
    """What the provider knows; `person` signs in at once, `spoil` may change what the token says or is."""

    address: str = ""
    person: str = "subject-1"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    spoil: Callable[[Provider, dict[str, Any]], str] | None = None
    auth_time: Callable[[], float] = time.time
    about: str = ""
    """Of whom user info speaks, if not of the person."""

    def signed(self, claims: dict[str, Any], key: Any = None, algorithm: str = "RS256") -> str:
        return jwt.encode(claims, key or self.key, algorithm=algorithm, headers={"kid": "key-1"})

    def configuration(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "key-1", "use": "sig", "alg": "RS256"}]}

    def authorized(self, query: dict[str, str]) -> str:
        """Back to the application with a code."""
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        self.asked.append(query)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def tokens(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code that was given, once, to whoever asked for it."""
        query = self.codes.pop(form.get("code", ""), None)
        if query is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return None
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != query.get("code_challenge"):
            return None
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.person,
            "iat": now,
            "exp": now + 300,
            "nonce": query.get("nonce"),
            "auth_time": int(self.auth_time()),
        }
        token = self.spoil(self, claims) if self.spoil else self.signed(claims)
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}


class Answering(BaseHTTPRequestHandler):
    """The four addresses of the provider."""

    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self.say(self.provider.configuration())
            case "/keys":
                self.say(self.provider.keys())
            case "/userinfo" if self.headers["Authorization"] == "Bearer access":
                self.say({"sub": self.provider.about or self.provider.person, "name": "見本 花子"})
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", self.provider.authorized(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = self.provider.tokens({name: values[0] for name, values in parse_qs(sent).items()})
        self.say(found or {"error": "invalid_grant"}, 200 if found else 400)

    def say(self, what: Any, status: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers on a free port of this machine."""
    found = Provider()
    handler = type("Handler", (Answering,), {"provider": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
