"""Documents made from answers: calendars (and later postings, forms, binders)."""
