"""Addresses of the pages of sites: each screen names its own."""

from mitasu.server.sites.views import (
    account,
    claims,
    evidence,
    exchange,
    facts,
    filings,
    home,
    matrix,
    postings,
    questions,
    rates,
    rulebook,
    settings,
    start,
    todo,
    what_if,
    why,
)

SCREENS = (
    home,
    start,
    why,
    questions,
    rates,
    facts,
    todo,
    filings,
    postings,
    evidence,
    claims,
    what_if,
    exchange,
    settings,
    matrix,
    rulebook,
    account,
)
urlpatterns = [pattern for screen in SCREENS for pattern in screen.urlpatterns]
