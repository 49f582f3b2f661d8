"""The API itself: its name, its errors and its parts."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI

from mitasu import __version__
from mitasu.server.api import core, papers, records, sites
from mitasu.server.api.access import Token
from mitasu.server.api.described import components
from mitasu.server.api.problems import told
from mitasu.server.api.reading import Strict, only_known
from mitasu.server.sites.page_names import operations_are

DESCRIPTION = """施設基準と加算の判定、事実、届出、証拠を、プログラムから読み書きします。

- 認証：`Authorization: Bearer <トークン>`。トークンの権限は read、facts、filings、admin で、持ち主の役割を超えません。
- エラー：`application/problem+json`。`problems` に、直すところがすべて並びます。
- 書き換え：事実の書き換えには、読んだときの `ETag` を `If-Match` に付けます。
- 繰り返し：POST に `Idempotency-Key` を付けると、二度送っても一度だけ行われます。
- 一覧：`next` の値を `cursor` に渡すと、続きが返ります。
"""
BRACES = str.maketrans("{}", "<>")
"""From an address as OpenAPI writes it to one as the application's own addresses are written."""


class Api(NinjaAPI):
    """The API with the core's schemas among the components of its description."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The OpenAPI 3.1 document."""
        document = super().get_openapi_schema(**options)
        document["components"]["schemas"].update(components())
        for path in document["paths"].values():
            for operation in path.values():
                _only_declared(operation["responses"])
        return document


def _only_declared(responses: dict[Any, Any]) -> None:
    """Without the empty 200 that the library adds to operations that answer with another status."""
    if "content" not in responses.get(200, {"content": None}):
        del responses[200]


@cache
def operations() -> dict[tuple[str, str], str]:
    """What every operation is called, by method and pattern of its address."""
    paths = api.get_openapi_schema()["paths"]
    return {
        (method.upper(), path.lstrip("/").translate(BRACES)): said["summary"]
        for path, methods in paths.items()
        for method, said in methods.items()
    }


api = Api(
    title="Mitasu API",
    version=__version__,
    description=DESCRIPTION,
    auth=Token(),
    parser=Strict(),
    docs_url=None,  # the interactive page would load scripts from outside
    urls_namespace="api-1",
)
told(api)
api.add_decorator(only_known)
api.add_router("", core.router)
api.add_router("/sites", sites.router)
api.add_router("/sites", records.router)
api.add_router("/sites", papers.router)
operations_are(operations)
