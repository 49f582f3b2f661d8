"""Papers of this room as PDF: a template of ours, tagged, with Japanese letters, kept in the ledger or only handed out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from mitasu.documents.pdf import pdf_of
from mitasu.server.accounts.models import Site
from mitasu.server.ledger import documents

STYLES = """
.meta { color: #333; }
.quiet { color: #444; }
.prompt { color: #333; font-size: 9.5pt; }
.text { white-space: pre-wrap; }
th.narrow, td.narrow { white-space: nowrap; }
.big td, .big th { font-size: 13pt; padding: 2mm; }
"""


def paper_pdf(template: str, title: str, site: Site, context: Mapping[str, Any]) -> bytes:
    """The PDF of a template under `continuity/bcp/paper_….html`; UsageError where there is no Japanese font."""
    told = {"site": site, "title": title, "made_at": timezone.localtime(), **context}
    html = render_to_string(f"continuity/bcp/paper_{template}.html", told)
    return pdf_of(html, title=f"{title}　{site.name}", styles=STYLES)


def stored(template: str, title: str, site: Site, context: Mapping[str, Any]) -> str:
    """The same, kept among the ledger's documents; returns its hash."""
    return documents.store(paper_pdf(template, title, site, context)).digest
