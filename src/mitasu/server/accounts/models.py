"""Users, sites, roles per site, one-time sign-in links and API tokens. Secrets are kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import connection, models
from django.utils import timezone

from mitasu.server.accounts.rows import columns, first_row, row_of


class Role(models.IntegerChoices):
    """What a user may do at a site; each role includes those before it."""

    VIEW = 1, "閲覧"
    ENTER = 2, "入力"
    APPROVE = 3, "承認"
    ADMIN = 4, "管理"


class Records(models.TextChoices):
    """What a user may do with the health records of a site, each including those before it. Nothing unless granted:

    no role at the site opens a patient's record, not even that of its administrator.
    """

    NONE = "", "なし"
    OWN = "own", "自分が担当した退院だけ"
    READ = "read", "すべてを閲覧"
    KEEP = "keep", "すべてを管理（診療記録管理者）"


class Users(UserManager["User"]):
    """Users. The one of a session is asked for by key with every request, which takes a short way."""

    use_in_migrations = False

    def get(self, *args: Any, **wanted: Any) -> User:
        """The one user who answers a description."""
        if args or wanted.keys() != {"pk"} or not isinstance(wanted["pk"], int):
            return super().get(*args, **wanted)
        row = first_row(_by_key(), [wanted["pk"]])
        if row is None:
            raise User.DoesNotExist
        return row_of(User, row)


class User(AbstractUser):
    """Someone who signs in. `shown` is how colleagues see them; users are switched off, never deleted."""

    shown = models.CharField("表示名", max_length=100, blank=True)
    first_name = last_name = None  # type: ignore[assignment]
    objects: ClassVar[Users] = Users()

    def __str__(self) -> str:
        return self.shown or self.username


@cache
def _by_key() -> str:
    return f"SELECT {', '.join(columns(User))} FROM {User._meta.db_table} WHERE id = %s"  # noqa: S608


class Site(models.Model):
    """An institution as the application keeps it; what is known of it stands in the ledger."""

    slug = models.SlugField("識別名", max_length=60, unique=True)
    name = models.CharField("施設の名前", max_length=200)
    code = models.CharField("医療機関コード", max_length=10, blank=True)
    sector = models.CharField("部門", max_length=20)
    kind = models.CharField("種類", max_length=20)
    prefecture = models.CharField("都道府県", max_length=2, blank=True)
    vendor = models.CharField("電子カルテの会社", max_length=100, blank=True)
    closed = models.BooleanField("閉じた", default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    head: str | None = None
    """The head of the chain as a request found it; not stored, forgotten with every append."""
    records: str = ""
    """What the request's user may do with its health records (`Records`); not stored."""

    class Meta:
        ordering = ("name", "slug")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The role of a user at a site."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    site = models.ForeignKey(Site, models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField("役割", choices=Role.choices, default=Role.VIEW)
    records = models.CharField(
        "診療録", max_length=10, choices=Records.choices, default=Records.NONE, blank=True
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "site"), name="one_role_per_site"),)


def hashed(secret: str) -> str:
    """How a secret is stored and looked up: SHA-256, as the secrets are long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SignInLink(models.Model):
    """A link that signs its user in once, before it expires."""

    user = models.ForeignKey(User, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    @classmethod
    def made(cls, user: User, *, minutes: int = 60) -> str:
        """A new link's secret."""
        secret = secrets.token_urlsafe(32)
        cls.objects.create(
            user=user, digest=hashed(secret), expires_at=timezone.now() + timedelta(minutes=minutes)
        )
        return secret

    @classmethod
    def taken(cls, secret: str) -> User | None:
        """The user of a link that still counts, which it then no longer does; None otherwise."""
        now = timezone.now()
        link = cls.objects.filter(digest=hashed(secret), used_at=None, expires_at__gt=now).first()
        if link is None or not cls.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
            return None
        return link.user if link.user.is_active else None


SCOPES = {
    "read": "読む",
    "facts": "事実と証拠を書く",
    "filings": "届出を書く",
    "admin": "施設と利用者を管理する",
}


class ApiToken(models.Model):
    """A token of a user for programs: never more than the user's own role, narrowed to scopes and, if given, a site."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("名前", max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    scopes = models.JSONField(default=list)
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    window = models.PositiveBigIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    """So many requests were taken in the latest window of time, by all processes together."""

    class Meta:
        ordering = ("-made_at",)

    def take(self, count: int, window: int) -> int:
        """Takes so many requests of a window, in one statement; how many are taken then."""
        with connection.cursor() as cursor:
            cursor.execute(
                'UPDATE accounts_apitoken SET taken = CASE WHEN "window" = %s THEN taken + %s ELSE %s END, '
                '"window" = %s, used_at = %s WHERE id = %s RETURNING taken',
                [window, count, count, window, timezone.now(), self.pk],
            )
            row = cursor.fetchone()
        return int(row[0]) if row else count

    @classmethod
    def made(
        cls,
        user: User,
        name: str,
        scopes: list[str],
        *,
        site: Site | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """A new token's secret, shown once."""
        secret = f"mt_{secrets.token_urlsafe(32)}"
        cls.objects.create(
            user=user,
            name=name,
            digest=hashed(secret),
            hint=secret[:7],
            scopes=sorted(set(scopes)),
            site=site,
            expires_at=expires_at,
        )
        return secret

    @classmethod
    def of(cls, secret: str) -> ApiToken | None:
        """The token with that secret if it still counts."""
        token: Any = cls.objects.select_related("user", "site").filter(digest=hashed(secret)).first()
        now = timezone.now()
        if token is None or token.revoked_at or not token.user.is_active:
            return None
        return None if token.expires_at and token.expires_at <= now else token


class CalendarLink(models.Model):
    """The secret address of a user's calendar feed, for all sites or one; the secret is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_links")
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    discreet = models.BooleanField("件名に加算の名前を出さない", default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    @classmethod
    def made(cls, user: User, site: Site | None, *, discreet: bool = False) -> str:
        """A new feed's secret."""
        secret = secrets.token_urlsafe(32)
        cls.objects.create(user=user, site=site, digest=hashed(secret), discreet=discreet)
        return secret
