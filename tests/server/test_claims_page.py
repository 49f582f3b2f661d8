"""The page of claim files: uploaded, compared by a worker, told to whoever asked; nothing of a patient stays."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from sample_files import aged

from mitasu.claims.generate import profile, write_month
from mitasu.facts import load_institution
from mitasu.judge.judgement import Judge
from mitasu.server.accounts.models import Role, Site
from mitasu.server.config.round import go_round
from mitasu.server.config.worker import finish
from mitasu.server.ledger.files import export_document
from mitasu.server.ledger.models import Audit
from mitasu.server.sites import claim_uploads, jobs
from mitasu.server.sites.claim_results import columns
from mitasu.server.sites.models import Job

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def sample_claims(site: Site, tmp_path: Path, judge: Judge) -> Callable[..., bytes]:
    """A sample month of the site's institution, with faults planted on request."""
    institution = load_institution(export_document(site), judge.rulebook)

    def make(month: str = "2025-05", *faults: str) -> bytes:
        made = profile(institution, judge, [month])
        [path] = write_month(made, month, tmp_path / "RECEIPTC.UKE", 40, 7, faults=faults)
        return path.read_bytes()

    return make


def send(
    client: Client, site: Site, *contents: bytes, names: tuple[str, ...] = ("RECEIPTC.UKE",), **more: Any
) -> Any:
    files = [SimpleUploadedFile(names[n % len(names)], content) for n, content in enumerate(contents)]
    return client.post(
        reverse("claims", args=(site.slug,)), {"claims": files, **more.pop("fields", {})}, **more
    )


def result_of(client: Client, site: Site, *contents: bytes) -> str:
    where = str(send(client, site, *contents)["Location"])
    assert finish() == 1
    return where


def test_charges_are_compared_with_the_judgement_and_the_files_are_erased(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    where = result_of(admin_client, site, sample_claims("2025-05", "duplicate-addition"))
    assert "結果を見る" in admin_client.get(where).content.decode()
    page = admin_client.get(f"{where}result/").content.decode()
    assert "回数の限度を超える" in page
    assert "2025年5月" in page
    assert not re.search(r"2025-05-\d\d", page), "days are written as people write them"
    assert "40件" in page
    assert "初診料の注の加算" not in page
    assert "見本　" not in page
    assert list(claim_uploads.root().iterdir()) == []
    assert Audit.objects.filter(action="import", what="レセプト 1ファイル").exists()


def test_a_month_without_charges_keeps_its_place_in_the_chart() -> None:
    rows = [
        {"month": month, "charged_yen": 100, "repay_yen": 0, "missed_yen": 10}
        for month in ("2025-05", "2025-07")
    ]
    assert columns(rows) == [("2025-05", (100, 0, 10)), ("2025-06", (0, 0, 0)), ("2025-07", (100, 0, 10))]
    assert columns([]) == []


def test_the_result_is_saved_as_a_workbook_and_as_data_after_a_fresh_sign_in(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    where = result_of(admin_client, site, sample_claims())
    book = openpyxl.load_workbook(io.BytesIO(admin_client.get(f"{where}file.xlsx").content))
    assert "月別" in book.sheetnames
    data = json.loads(admin_client.get(f"{where}file.json").content)
    assert data["receipts"] == 40
    assert Audit.objects.filter(action="export", what__startswith="レセプトの突き合わせ").count() == 2
    assert admin_client.get(f"{where}file.pdf").status_code == 404
    aged(admin_client)
    assert admin_client.get(f"{where}file.xlsx").status_code == 302


def test_a_file_that_may_hold_real_patients_is_refused_unless_one_says_that_one_may(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    real = sample_claims().replace("（見本）".encode("cp932"), b"")
    where = result_of(admin_client, site, real)
    told = admin_client.get(where).content.decode()
    assert "実在の患者のレセプトかもしれません" in told
    assert "RECEIPTC.UKE" in told
    assert str(claim_uploads.root()) not in told
    assert list(claim_uploads.root().iterdir()) == []
    where = str(send(admin_client, site, real, fields={"rights": "on"})["Location"])
    assert finish() == 1
    assert admin_client.get(f"{where}result/").status_code == 200


def test_a_file_of_another_institution_is_refused_by_name(
    admin_client: Client, make_site: Callable[..., Site], sample_claims: Callable[..., bytes]
) -> None:
    where = result_of(admin_client, make_site("hospital"), sample_claims())
    told = admin_client.get(where).content.decode()
    assert "作れませんでした" in told
    assert "1319900010" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "空"),
        (b"PK\x03\x04" + b"0" * 60, "zip"),
        ("患者,名前\n".encode(), "UTF-8"),
        (b"a,b\r\nc,d\r\n", "レセ"),
    ],
)
def test_what_is_no_claim_file_is_refused_in_words(
    admin_client: Client, site: Site, content: bytes, told: str
) -> None:
    answer = send(admin_client, site, content)
    if answer.status_code == 302:
        assert finish() == 1
        answer = admin_client.get(answer["Location"])
    assert told in answer.content.decode()
    assert Job.objects.filter(state=Job.State.DONE).count() == 0


def test_two_files_of_the_same_name_are_told_apart(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    where = result_of(admin_client, site, sample_claims("2025-05"), sample_claims("2025-06"))
    page = admin_client.get(f"{where}result/").content.decode()
    assert "1_RECEIPTC.UKE" in page
    assert "2_RECEIPTC.UKE" in page


def test_a_name_with_a_path_stays_in_its_folder(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    answer = send(admin_client, site, sample_claims(), names=("..\\..\\evil.UKE",))
    assert answer.status_code == 302
    [folder] = claim_uploads.root().iterdir()
    [kept] = folder.iterdir()
    assert kept.parent == folder
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_reader_sees_no_form_and_may_send_nothing_and_a_stranger_finds_no_page(
    client_as: Callable[..., Client], site: Site, sample_claims: Callable[..., bytes]
) -> None:
    reader = client_as(Role.VIEW)
    assert "「入力」以上" in reader.get(reverse("claims", args=(site.slug,))).content.decode()
    assert send(reader, site, sample_claims()).status_code == 403
    assert send(client_as(None), site, sample_claims()).status_code == 404
    assert not claim_uploads.root().exists()


def test_a_result_is_there_for_whoever_asked_and_for_nobody_else(
    admin_client: Client, client_as: Callable[..., Client], site: Site, sample_claims: Callable[..., bytes]
) -> None:
    where = result_of(admin_client, site, sample_claims())
    other = client_as(Role.ADMIN)
    for ending in ("", "result/", "state/", "file.xlsx"):
        assert other.get(where + ending).status_code == 404


def test_an_upload_of_the_browser_program_is_led_on_and_its_errors_are_shown(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    answer = send(admin_client, site, sample_claims(), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(reverse("claims", args=(site.slug,)))
    wrong = admin_client.post(reverse("claims", args=(site.slug,)), headers={"HX-Request": "true"})
    assert wrong.status_code == 200
    assert "レセ電ファイル" in wrong.content.decode()
    assert admin_client.post(reverse("claims", args=(site.slug,))).status_code == 400


def test_uploads_that_no_job_came_to_are_erased_by_the_round(
    admin_client: Client, site: Site, sample_claims: Callable[..., bytes]
) -> None:
    send(admin_client, site, sample_claims())
    now = timezone.now() + timedelta(minutes=5)
    assert claim_uploads.clear(now) == 0
    Job.objects.update(made_at=timezone.now() - 2 * jobs.KEPT)
    assert claim_uploads.clear(now) == 1
    go_round(timezone.localdate())
