"""Members of a site: who has which role. There is always someone who can administer it."""

from __future__ import annotations

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Membership, Role, Site, User

LAST = "管理の役割を持つ人がいなくなります。先に、ほかの人の役割を管理にしてください。"


def members_of(site: Site) -> list[Membership]:
    """The members by name."""
    return list(Membership.objects.filter(site=site).select_related("user").order_by("user__username"))


def add_member(
    site: Site, username: str, role: Role, *, shown: str = "", email: str = ""
) -> tuple[User, bool]:
    """Gives a role to the user of that name, who is made if nobody is called so; says whether they were made.

    UsageError where they have a role here already, or are switched off.
    """
    with transaction.atomic():
        user, made = User.objects.get_or_create(username=username, defaults={"shown": shown, "email": email})
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        if not user.is_active:
            raise UsageError(
                f"利用者「{username}」は停止中です。Mitasuを動かしている人に戻してもらってください。"
            )
        if Membership.objects.filter(site=site, user=user).exists():
            raise UsageError(
                f"利用者「{username}」は、もうこの施設の利用者です。下の表で役割を変えられます。"
            )
        Membership.objects.create(site=site, user=user, role=role)
    return user, made


def change_role(site: Site, member: int, role: Role) -> Membership:
    """Another role; UsageError where the last administrator would lose theirs."""
    with transaction.atomic():
        found = _locked(site, member)
        if role < Role.ADMIN:
            _someone_else(found)
        found.role = role
        found.save(update_fields=["role"])
    return found


def remove_member(site: Site, member: int) -> Membership:
    """Takes a role away; UsageError where it is that of the last administrator."""
    with transaction.atomic():
        found = _locked(site, member)
        _someone_else(found)
        found.delete()
    return found


def may_be_let_in_by(administrator: User, user: User) -> bool:
    """Whether an administrator may make a sign-in link for a user: never for someone who has more rights than they
    could give, nor for someone with a password, whom nobody else needs to let in.
    """
    if user.is_superuser or not user.is_active or user.has_usable_password():
        return False
    administered = Membership.objects.filter(user=administrator, role=Role.ADMIN).values("site")
    return not Membership.objects.filter(user=user).exclude(site__in=administered).exists()


def _locked(site: Site, member: int) -> Membership:
    """The membership, with the site's row locked so that two administrators cannot remove each other at once."""
    Site.objects.select_for_update().get(pk=site.pk)
    found = Membership.objects.select_related("user").filter(site=site, pk=member).first()
    if found is None:
        raise UsageError("この利用者は、もうこの施設にいません。")
    return found


def _someone_else(member: Membership) -> None:
    others = Membership.objects.filter(site=member.site, role=Role.ADMIN, user__is_active=True).exclude(
        pk=member.pk
    )
    if member.role == Role.ADMIN and not others.exists():
        raise UsageError(LAST)
