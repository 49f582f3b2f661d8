"""レセプト: claim files read, checked and written; masters; revenue and rates; audit against judgements.

Nothing here knows of Django, and nothing of a patient is kept.
"""
