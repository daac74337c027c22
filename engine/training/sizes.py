"""How long an identifier is: levels M and codes K for a library of G photos.

About K <= G / 10, or codewords are single photos; K = 1024 at three levels beats 256 at four for
the same bits where a library is large enough (RETRIEVAL.md, lesson 5).
"""

from __future__ import annotations


def identifier_size(photos: int) -> tuple[int, int]:
    """(M, K) for ``photos`` >= 1."""
    if photos >= 8_000:
        return 3, 1024
    codes = 4
    while codes * 2 <= min(photos // 8, 256):
        codes *= 2
    return 4, codes
