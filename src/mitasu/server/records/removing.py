"""Taking a stay out of the register that was taken in wrongly (a wrong day of admission, someone else's number).

A file can fill and correct fields, but the day of admission and the patient are what a stay is known by: a wrong one
could only be joined by the right one, and would count as a discharge without a summary for ever. What is taken out
is said in the audit trail, with the reason (callers record it in the same transaction); months that were closed
keep their counts and show that they drifted. Nothing is taken out of a patient whose records are held back.
"""

from __future__ import annotations

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.records.models import Hold, Stay

MOST = 300


def remove(stay: Stay, reason: str) -> str:
    """Takes a stay out with all that belongs to it; what was taken out, in words without a name, for the trail."""
    reason = reason.strip()
    if not reason:
        raise UsageError("入院を一覧表から除く理由を書いてください。")
    if len(reason) > MOST:
        raise UsageError(f"理由が長すぎます（{len(reason)}字。{MOST}字まで）。")
    hold = Hold.objects.filter(patient=stay.patient_id, lifted=None).first()
    if hold is not None:
        raise UsageError(
            f"この患者の記録は廃棄が保留されています（{hold.reason}）。"
            "「保存と廃棄」で保留を解除してから除いてください。"
        )
    told = (
        f"入院{stay.pk}を一覧表から除く（入院日{stay.admitted}、病名{stay.diagnoses.count()}件、"
        f"手術{stay.operations.count()}件、要約の記録{stay.summary_events.count()}件）。理由：{reason}"
    )
    with transaction.atomic():
        stay.delete()
    return told
