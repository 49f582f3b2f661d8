"""Institutions at work: judgements, questions, to-dos, filings, postings, what-if, many sites together."""
