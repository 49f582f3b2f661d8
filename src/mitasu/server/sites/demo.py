"""Sample data: the sample institutions as sites, with everything their files say in the ledger."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from mitasu.rules.strict_yaml import read_file
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.files import import_document
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.views.start import new_site

SAMPLES = ("paper-clinic", "childrens-clinic", "hospital")
VISITS = {
    "paper-clinic": {"first_visit": 120, "revisit": 600},
    "childrens-clinic": {"first_visit": 300, "revisit": 700},
    "hospital": {"first_visit": 900, "revisit": 5200, "admission": 420},
}


def plant(by: Any) -> list[Site]:
    """Makes the sample sites that are not there yet, with the user as their administrator."""
    made = []
    for name in SAMPLES:
        if Site.objects.filter(slug=name).exists():
            continue
        document = read_file(Path(str(files("mitasu").joinpath("samples", f"{name}.yaml"))))
        site = new_site(dict(document["institution"]), by=by, via="demo", slug=name)
        import_document(site, document, by=by, via="demo")
        append(site, [Draft(Kind.PROFILE, body={"visits": VISITS[name]})], by=by, via="demo")
        made.append(site)
    return made
