"""The warning that the ledger is not what was recorded, for any page of a site."""

from __future__ import annotations

from typing import Any

from django import template

from mitasu.server.sites.integrity import check_of

register = template.Library()


@register.inclusion_tag("sites/evidence_warning.html", takes_context=True)
def ledger_warning(context: Any) -> dict[str, Any]:
    """Shown where today's verification of the site's ledger has failed; nothing otherwise."""
    site = context["site"]
    return {"site": site, "breaks": check_of(site).breaks}
