"""Every screen that a signed-in user can reach from the navigation, by name and address."""

SITE = "hospital"
SCREENS = {
    "home": f"/s/{SITE}/",
    "why": f"/s/{SITE}/additions/record-management/",
    "questions": "/s/childrens-clinic/questions/",
    "rates": f"/s/{SITE}/rates/",
    "facts": f"/s/{SITE}/facts/",
    "todo": f"/s/{SITE}/todo/",
    "filings": f"/s/{SITE}/filings/",
    "filing-road": f"/s/{SITE}/filings/electronic-information-sharing/",
    "postings": f"/s/{SITE}/postings/",
    "evidence": f"/s/{SITE}/evidence/",
    "evidence-add": f"/s/{SITE}/evidence/add/",
    "claims": f"/s/{SITE}/claims/",
    "what-if": f"/s/{SITE}/what-if/",
    "exchange": f"/s/{SITE}/exchange/",
    "settings": f"/s/{SITE}/settings/",
    "matrix": "/sites/",
    "law-changes": "/sites/changes/",
    "rules": "/rules/",
    "rule": "/rules/electronic-information-sharing/",
    "glossary": "/rules/glossary/",
    "account": "/account/",
    "notices": "/notices/",
    "start": "/start/",
    "two-factor": "/accounts/2fa/",
}
