"""The web application: people at a screen, records that last.

Rooms: `config` (settings, start), `accounts` (users, sites, roles), `ledger` (evidence and facts, the ground
on which everything stands), `sites` (judgements, to-dos, filings, postings). Arrows point down: config may
know every room, sites knows ledger and accounts, ledger knows accounts.
"""
