"""The book of the engine: every chapter's text and truth tables as one Markdown page.

The chapters are the test modules beside this file, so that nothing stands on the page that the tests do
not hold both readings to. `tools/generate.py` writes the page to `docs/reference/engine.md`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

PREFACE = """\
# 判定エンジンの仕様

施設基準の条件は、十数種類の部品（ノード）を組み合わせた一本の木で表す。この頁は部品ごとに、部分の判定から全体の判定がどう決まるかを真理値表で示す。
表はテストの中にあり、一件ずつ理由を示す読み方と、多くの施設を表で一度に読む読み方の両方が、すべての行でこの通りに答えることを確かめてある。この頁はそのテストから作られる。

判定は五つある。

| 判定 | 意味 |
|---|---|
| 満たす | 条件を満たしている |
| 経過措置 | 満たすものとみなされている。終わる日があれば示す |
| 満たさない | 満たしていないと分かっている |
| 不明 | 分かっている事実だけでは決まらない |
| 対象外 | 求められていない。ほかの条件の答えを変えない |

悪い順に「満たさない」「不明」「経過措置」「満たす」と並ぶ。不明を「満たさない」とみなすことはない。
表の中の a、b、c は、判定が表の通りである部分の条件を表す。"""


def chapters() -> list[ModuleType]:
    """The chapters in order."""
    return [import_module(path.stem) for path in sorted(HERE.glob("test_[0-9][0-9]_*.py"))]


def book() -> str:
    """All chapters as one Markdown page."""
    parts = [PREFACE]
    for number, chapter in enumerate(chapters(), start=1):
        title, _, text = (chapter.__doc__ or "").strip().partition("\n")
        parts.append(f"## {number}. {title}")
        parts.append(text.strip())
        parts += [table.markdown() for table in chapter.TABLES]
    return "\n\n".join(parts) + "\n"
