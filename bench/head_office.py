"""A head office of many sites in the database of a data folder, for a run against the started application.

`python -m bench.head_office DATA TOKENS` plants it and prints a sign-in link and API tokens as JSON;
`python -m bench.head_office DATA` verifies the audit trail and says how long it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mitasu.server.config.serve import prepare

SITES = 300


def main() -> None:
    """Plants, or verifies."""
    data, *count = sys.argv[1:]
    prepare(Path(data), demo=True)
    from mitasu.server.ledger.models import Audit
    from mitasu.server.ledger.verify import verify_audit

    if count:
        print(json.dumps(planted(int(count[0]))))
    else:
        print(f"audit trail: {Audit.objects.count()} records, {len(verify_audit())} broken")


def planted(tokens: int) -> dict[str, object]:
    """The head office with its sites."""
    from bench.many_sites import plant_many
    from mitasu.server.accounts.models import ApiToken, SignInLink, User

    office = User.objects.create_user("office")
    plant_many(office, SITES)
    return {
        "link": f"/sign-in/{SignInLink.made(office)}/",
        "tokens": [ApiToken.made(office, f"bench {number}", ["read"]) for number in range(tokens)],
    }


if __name__ == "__main__":
    main()
