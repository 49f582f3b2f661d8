"""The API: what a token may do and no more, refusals that say what to do, and the same answers as on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from sample_files import sample_document

from mitasu.judge.serial import answer_to_dict
from mitasu.server.accounts.models import ApiToken, Membership, Role, Site, User
from mitasu.server.ledger.models import Audit, Entry, canonical
from mitasu.server.sites.judging import answer_of, head_of, institution_of

pytestmark = pytest.mark.django_db
ON = "2026-11-22"


@pytest.fixture
def call(user: User, site: Site) -> Callable[..., Any]:
    """Calls the API with a token of the administrator that has every scope (or those given)."""

    def called(
        method: str,
        path: str,
        body: Any = None,
        scopes: tuple[str, ...] = ("read", "facts", "filings"),
        **headers: str,
    ) -> Any:
        secret = ApiToken.made(user, "試験", list(scopes))
        extra = {} if body is None else {"data": canonical(body), "content_type": "application/json"}
        return getattr(Client(), method)(
            f"/api/v1{path}", **extra, headers={"Authorization": f"Bearer {secret}", **headers}
        )

    return called


def test_nothing_is_told_without_a_token(site: Site) -> None:
    response = Client().get("/api/v1/sites")
    assert response.status_code == 401
    assert response["Content-Type"].startswith("application/problem+json")


def test_a_revoked_token_and_a_token_of_a_stopped_user_no_longer_count(user: User, site: Site) -> None:
    secret = ApiToken.made(user, "古い", ["read"])
    user.is_active = False
    user.save()
    assert Client().get("/api/v1/sites", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_the_sites_are_told_in_pages(call: Any, make_site: Any) -> None:
    make_site("hospital")
    first = call("get", "/sites?limit=1").json()
    second = call("get", f"/sites?limit=1&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + second["items"]] == ["paper-clinic", "hospital"]
    assert second["next"] is None


def test_the_judgements_are_those_of_the_pages(call: Any, site: Site) -> None:
    from mitasu.dates import parse_date

    assert call("get", f"/sites/{site.slug}/judgements?on={ON}").json() == json.loads(
        canonical(answer_to_dict(answer_of(site, parse_date(ON))))
    )


def test_a_vendor_can_judge_an_institution_without_it_being_kept(call: Any) -> None:
    count = Entry.objects.count()
    sent = {"institution": json.loads(canonical(sample_document("hospital"))), "on": ON}
    body = call("post", "/judge", sent).json()
    assert body["institution"]["name"] == "白樺記念病院"
    assert Entry.objects.count() == count


def test_every_fault_of_what_is_sent_is_listed(call: Any) -> None:
    sent = {"institution": {"institution": {"name": "x", "sector": "medical", "kind": "clinic"},
                            "facts": {"bedz": 1, "beds": -1}}, "on": ON}  # fmt: skip
    response = call("post", "/judge", sent)
    assert response.status_code == 422
    problems = response.json()["problems"]
    assert len(problems) == 2
    assert "beds" in [problem["nearest"] for problem in problems]


def test_a_site_of_others_is_not_there(call: Any) -> None:
    Site.objects.create(slug="elsewhere", name="よその医院", sector="medical", kind="clinic")
    assert call("get", "/sites/elsewhere").status_code == 404
    assert call("get", "/sites/elsewhere").content == call("get", "/sites/nowhere").content
    assert "elsewhere" not in call("get", "/sites").content.decode()
    assert Audit.objects.filter(outcome="refused", what__contains="elsewhere").exists()


@pytest.mark.parametrize(
    ("scopes", "method", "path", "body"),
    [
        (("facts",), "get", "/sites", None),
        (("read",), "put", "/sites/paper-clinic/facts/beds", {"value": 3}),
        (("read", "facts"), "post", "/sites/paper-clinic/filings", {"item": "medical-dx-promotion"}),
    ],
)
def test_a_token_does_no_more_than_its_scopes(
    call: Any, scopes: Any, method: str, path: str, body: Any
) -> None:
    assert call(method, path, body, scopes).status_code == 403


def test_a_token_does_no_more_than_its_users_role(call: Any, user: User, site: Site) -> None:
    Membership.objects.filter(user=user).update(role=Role.VIEW)
    assert call("put", f"/sites/{site.slug}/facts/beds", {"value": 3}, **{"If-Match": "x"}).status_code == 403


def test_a_token_for_one_site_does_not_see_another(user: User, site: Site, make_site: Any) -> None:
    other = make_site("hospital")
    secret = ApiToken.made(user, "一施設", ["read"], site=site)
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get(f"/api/v1/sites/{other.slug}", headers=headers).status_code == 404
    assert len(Client().get("/api/v1/sites", headers=headers).json()["items"]) == 1


def test_a_fact_is_written_only_by_one_who_saw_what_is_there(call: Any, site: Site) -> None:
    path = f"/sites/{site.slug}/facts/beds"
    assert call("put", path, {"value": 5}).status_code == 428
    etag = call("get", f"/sites/{site.slug}/institution")["ETag"]
    written = call("put", path, {"value": 5, "from": "2026-04-01"}, **{"If-Match": etag})
    assert written.status_code == 200
    assert institution_of(site).facts["beds"][-1].value == 5
    assert call("put", path, {"value": 6}, **{"If-Match": etag}).status_code == 412
    assert call("put", path, {"value": 6}, **{"If-Match": written["ETag"]}).status_code == 200


def test_what_cannot_be_a_fact_is_refused_and_nothing_is_written(call: Any, site: Site) -> None:
    head = head_of(site)
    for body in (
        {"value": "many"},
        {"value": 1, "from": "2026-05-01", "to": "2026-04-01"},
        {"value": 1, "evidence": 999},
    ):
        response = call("put", f"/sites/{site.slug}/facts/beds", body, **{"If-Match": head})
        assert response.status_code == 422, body
        assert response.json()["detail"]
    assert head_of(site) == head


def test_a_repeated_post_is_done_once_and_answered_the_same(call: Any, site: Site, user: User) -> None:
    secret = ApiToken.made(user, "一つ", ["read", "filings"])
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "k1"}
    body = {"item": "medical-dx-promotion", "level": "1", "arrived": "2026-11-20"}
    count = Entry.objects.count()
    answers = [
        Client().post(
            f"/api/v1/sites/{site.slug}/filings", canonical(body), "application/json", headers=headers
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Entry.objects.count() == count + 1
    other = Client().post(
        f"/api/v1/sites/{site.slug}/filings",
        canonical({**body, "level": "2"}),
        "application/json",
        headers=headers,
    )
    assert other.status_code == 409


def test_a_filing_that_is_accepted_takes_the_place_of_the_one_sent(call: Any, site: Site) -> None:
    sent = call(
        "post",
        f"/sites/{site.slug}/filings",
        {"item": "medical-dx-promotion", "level": "1", "arrived": "2026-11-20"},
    )
    number = sent.json()["number"]
    changed = call("patch", f"/sites/{site.slug}/filings/{number}", {"accepted": "2026-12-01"})
    assert changed.json()["body"]["accepted"] == "2026-12-01"
    assert number not in [one["number"] for one in call("get", f"/sites/{site.slug}/filings").json()["items"]]
    assert (
        call("patch", f"/sites/{site.slug}/filings/{number}", {"accepted": "2026-12-02"}).status_code == 404
    )


def test_evidence_with_a_file_can_be_sent_and_fetched_again(user: User, site: Site) -> None:
    headers = {"Authorization": f"Bearer {ApiToken.made(user, '証拠', ['read', 'facts'])}"}
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7 a", "text/html")
    made = Client().post(
        f"/api/v1/sites/{site.slug}/evidence",
        {"title": "掲示の写真", "from": "2026-04-01", "file": file},
        headers=headers,
    )
    assert made.status_code == 201
    number = made.json()["number"]
    fetched = Client().get(f"/api/v1/sites/{site.slug}/evidence/{number}/file", headers=headers)
    assert (fetched["Content-Type"], fetched.content) == ("application/pdf", b"%PDF-1.7 a")
    assert fetched["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        '{"value": NaN}',
        '{"value": 1e400}',
        '{"value": "\\u0000"}',
        '{"value": "\\ud800"}',
        '{"value": 1, "value": 2}',
        "[" * 9000,
    ],
)
def test_json_that_could_not_be_kept_is_refused_at_the_door(user: User, site: Site, body: str) -> None:
    headers = {"Authorization": f"Bearer {ApiToken.made(user, 'x', ['facts'])}", "If-Match": "x"}
    response = Client().put(
        f"/api/v1/sites/{site.slug}/facts/beds", body, "application/json", headers=headers
    )
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/problem+json")
    assert any("ぁ" <= letter <= "ん" for letter in response.json()["detail"])


def test_too_many_requests_are_turned_away(call: Any, monkeypatch: Any) -> None:
    from mitasu.server.api import access

    monkeypatch.setattr(access, "_limit", access.Limit(0))
    answer = call("get", "/sites")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert f"{answer['Retry-After']}秒待ってから" in answer.json()["detail"]


def test_the_description_is_openapi_3_1_and_names_every_operation_in_japanese(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) >= 25
    assert all(any("ぁ" <= letter <= "龥" for letter in one["summary"]) for one in operations)


def test_an_event_is_recorded_with_its_attributes(call: Any, site: Site) -> None:
    answer = call(
        "post", f"/sites/{site.slug}/events/bcp_drill?on=2026-11-20", {"led_by": "security_manager"}
    )
    assert answer.status_code == 201
    assert institution_of(site).events["bcp_drill"][-1].attributes == {"led_by": "security_manager"}


def test_an_institution_file_comes_out_and_goes_in_again(call: Any, site: Site) -> None:
    path = f"/sites/{site.slug}/institution"
    out = call("get", path)
    assert call("put", path, out.json(), **{"If-Match": out["ETag"]}).status_code == 200
    assert call("get", path).json() == out.json()


def test_evidence_that_is_sent_twice_with_one_key_is_kept_once(user: User, site: Site) -> None:
    headers = {
        "Authorization": f"Bearer {ApiToken.made(user, '証拠', ['facts'])}",
        "Idempotency-Key": "paper-1",
    }

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("a.pdf", content)
        path = f"/api/v1/sites/{site.slug}/evidence"
        return Client().post(path, {"title": "掲示", "file": file}, headers=headers)

    count = Entry.objects.count()
    first, again, other = send(b"%PDF-1.7 a"), send(b"%PDF-1.7 a"), send(b"%PDF-1.7 b")
    assert [one.status_code for one in (first, again, other)] == [201, 201, 409]
    assert first.content == again.content
    assert Entry.objects.count() == count + 1


def test_evidence_whose_file_is_gone_is_a_problem_and_no_fault(call: Any, site: Site, own_data: Any) -> None:
    from mitasu.server.ledger.append import Draft, append
    from mitasu.server.ledger.documents import path_of, store
    from mitasu.server.ledger.models import Kind

    digest = store("控え".encode()).digest
    [entry] = append(site, [Draft(Kind.EVIDENCE, "", {"title": "控え"}, document=digest)])
    path_of(digest).unlink()
    response = call("get", f"/sites/{site.slug}/evidence/{entry.number}/file")
    assert response.status_code == 404
    assert "置き場所" in response.json()["detail"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "1e18"])
def test_a_moment_that_no_clock_can_tell_is_refused(call: Any, site: Site, moment: str) -> None:
    assert call("get", f"/sites/{site.slug}/judgements?known_at={moment}").status_code == 422


def test_a_moment_before_the_site_was_registered_is_told_as_such(call: Any, site: Site) -> None:
    answered = call("get", f"/sites/{site.slug}/judgements?known_at=2020-01-01T00:00:00")
    assert answered.status_code == 422
    assert "まだ登録されていません" in answered.json()["detail"]


def test_a_misspelt_name_in_the_query_is_refused_with_the_nearest(call: Any, site: Site) -> None:
    response = call("get", f"/sites/{site.slug}/judgements?onn={ON}")
    assert response.status_code == 422
    assert "「on」ではありませんか" in response.json()["detail"]


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/nothing", 404), ("delete", "/sites", 405)])
def test_an_address_or_method_that_is_not_there_is_a_problem(
    call: Any, method: str, path: str, status: int
) -> None:
    response = call(method, path)
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response["Content-Type"].startswith("application/problem+json")


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(user: User, site: Site, monkeypatch: Any) -> None:
    from mitasu.server.api import sites

    monkeypatch.setattr(sites, "verify", lambda place: 1 / 0)
    headers = {"Authorization": f"Bearer {ApiToken.made(user, 'x', ['read'])}"}
    path = f"/api/v1/sites/{site.slug}/verification"
    response = Client(raise_request_exception=False).get(path, headers=headers)
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (500, "application/problem+json")
    assert "division" not in response.content.decode()


def test_what_is_too_large_or_no_form_is_a_problem(call: Any, user: User, site: Site) -> None:
    large = {"facts": {"x": "1" * 6_000_000}}
    assert call("put", f"/sites/{site.slug}/institution", large, **{"If-Match": "x"}).status_code == 413
    headers = {"Authorization": f"Bearer {ApiToken.made(user, 'x', ['facts'])}"}
    path = f"/api/v1/sites/{site.slug}/evidence"
    assert Client().post(path, b"x", "multipart/form-data", headers=headers).status_code == 400


def test_the_postings_come_as_sentences_poster_web_part_and_text(call: Any, site: Site) -> None:
    path = f"/sites/{site.slug}/postings"
    [first, *_] = call("get", f"{path}?on={ON}").json()["items"]
    poster = call("get", f"{path}.pdf?on={ON}&size=A3")
    assert (poster["Content-Type"], poster.content[:5]) == ("application/pdf", b"%PDF-")
    for ending, kind in (("html", "text/html"), ("txt", "text/plain")):
        response = call("get", f"{path}.{ending}?on={ON}")
        assert response["Content-Type"].startswith(kind)
        assert response["Content-Disposition"].startswith("attachment")
        assert first["title"] in response.content.decode()
    assert Audit.objects.filter(action="export", via="api").count() == 3


def test_a_page_is_compared_with_what_should_stand_there_and_not_kept(call: Any, site: Site) -> None:
    head, path = head_of(site), f"/sites/{site.slug}/postings"
    text = call("get", f"{path}.txt?on={ON}").content.decode()
    whole = call("post", f"{path}/check", {"text": text, "on": ON}).json()
    empty = call("post", f"{path}/check", {"text": "診療時間は9時から", "on": ON}).json()
    assert (whole["missing"], empty["matched"]) == ([], [])
    assert len(empty["missing"]) == len(whole["matched"]) > 0
    assert head_of(site) == head


def test_the_binder_comes_for_additions_and_months(call: Any, site: Site) -> None:
    path = f"/sites/{site.slug}/evidence/binder?additions=medical-dx-promotion"
    made = call("get", f"{path}&from=2026-10&to=2026-11")
    assert (made["Content-Type"], made.content[:5]) == ("application/pdf", b"%PDF-")
    assert call("get", f"{path}&from=2026-11&to=2026-10").status_code == 422
    assert call("get", f"{path}&from=2001-01&to=2026-10").status_code == 422
    unknown = f"/sites/{site.slug}/evidence/binder?additions=no-such&from=2026-10&to=2026-11"
    assert call("get", unknown).status_code == 422


@pytest.mark.parametrize("path", ["postings", "postings.pdf", "postings.txt", "postings.html",
                                  "evidence/binder?additions=medical-dx-promotion&from=2026-10&to=2026-11"])  # fmt: skip
def test_the_papers_of_a_site_of_others_are_not_there(call: Any, path: str) -> None:
    Site.objects.create(slug="elsewhere", name="よその医院", sector="medical", kind="clinic")
    assert call("get", f"/sites/elsewhere/{path}").status_code == 404


def test_a_site_is_made_from_an_institution_file(call: Any, user: User) -> None:
    sent = {"institution": json.loads(canonical(sample_document("paper-clinic")))}
    assert call("post", "/sites", sent).status_code == 403
    made = call("post", "/sites", sent, ("read", "admin"))
    assert made.status_code == 201
    assert made.json()["role"] == "admin"
    place = Site.objects.get(slug=made.json()["id"])
    assert institution_of(place).facts["beds"]
    bad = {"institution": {**sent["institution"], "facts": {"bedz": 1}}}
    count = Site.objects.count()
    assert call("post", "/sites", bad, ("admin",)).json()["problems"]
    assert Site.objects.count() == count


def test_a_token_for_one_site_makes_no_other(user: User, site: Site) -> None:
    secret = ApiToken.made(user, "一施設", ["admin"], site=site)
    body = canonical({"institution": sample_document("paper-clinic")})
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().post("/api/v1/sites", body, "application/json", headers=headers).status_code == 403
