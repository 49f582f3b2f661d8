"""The pages about one kind of job: how far it is, and what was made, for whoever asked for it and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest
from mitasu.server.sites.jobs import KEPT
from mitasu.server.sites.models import Job

WAITS_LONG = timedelta(seconds=30)
"""A job that has waited so long has no worker."""


@dataclass(frozen=True, slots=True)
class JobPages:
    """The pages `<kind>-made`, `<kind>-state` and `<kind>-file`. `called`: what is made; `save`: what the button says."""

    kind: str
    called: str
    save: str

    def of(self, user: Any, site: Site) -> list[Job]:
        """The jobs of a user at a site whose day is not over, the latest first."""
        after = timezone.now() - KEPT
        return list(Job.objects.filter(user=user, site=site, kind=self.kind).exclude(ended_at__lt=after))

    def job(self, user: Any, site: Site, id_: UUID) -> Job:
        """The user's own job of that number; 404 for anyone else."""
        for job in self.of(user, site):
            if job.pk == id_:
                return job
        raise Http404(f"この{self.called}は見つかりません。作ってから1日で消えます。")

    def made(self, request: SiteRequest, id_: UUID, template: str, **more: Any) -> HttpResponse:
        """The page of a job: how far it is, and where it is to be saved."""
        found = self.job(request.user, request.site, id_)
        return render(request, template, self._context(found) | more)

    def state(self, request: HttpRequest, slug: str, id_: UUID) -> HttpResponse:
        """The part of that page that changes; asked for every other second, so that it is not recorded as viewed."""
        found = role_at(request.user, slug)
        if found is None:
            audit_request(request, "view", request.path, outcome="refused")
            raise Http404("この施設は見つかりません。")
        site = found[0]
        return render(
            request, "sites/job_state.html", self._context(self.job(request.user, site, id_)) | {"site": site}
        )

    def _context(self, job: Job) -> dict[str, Any]:
        waited = timezone.now() - job.made_at
        return {
            "job": job,
            "stuck": job.state == Job.State.WAITING and waited > WAITS_LONG,
            "until": job.ended_at + KEPT if job.ended_at else None,
            "pages": self,
            "made_page": f"{self.kind}-made",
            "state_page": f"{self.kind}-state",
            "file_page": f"{self.kind}-file",
        }
