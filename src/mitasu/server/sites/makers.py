"""What workers can make: the binder for an on-site inspection, the audit of claim files."""

from __future__ import annotations

from mitasu.server.sites import claim_results
from mitasu.server.sites.binder import binder_of
from mitasu.server.sites.jobs import Made, Maker, Tell
from mitasu.server.sites.models import Job

BINDER_STEPS = 5


def binder(job: Job, tell: Tell) -> Made:
    """The binder of the additions and months that were asked for."""
    from mitasu.documents.binder import binder_pdf

    wanted = job.wanted
    tell("鎖を検証し、月ごとに判定しています")
    found = binder_of(job.site, wanted["additions"], wanted["first"], wanted["last"], by=job.user)
    content = binder_pdf(found, tell)
    note = f"適時調査ファイル {found.id}（{wanted['first']}〜{wanted['last']}）"
    return Made(content, "application/pdf", f"適時調査ファイル_{job.site.name}_{found.id}.pdf", note)


MAKERS: dict[str, Maker] = {"binder": binder, "claims": claim_results.make}
"""By kind of job."""
