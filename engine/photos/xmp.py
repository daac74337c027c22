"""XMP, the XML in which programs note ratings and dates -> the few properties that are read.

A stranger's XML: no document type, hence no entities, and only so much of it. ``metadata`` and
``capture_time`` are the callers.
"""

from __future__ import annotations

from xml.parsers import expat

LONGEST_PACKET = 1 << 20  # bytes; what is read stands near the beginning
LONGEST_VALUE = 100  # characters

RATING = "http://ns.adobe.com/xap/1.0/ Rating"
TAKEN = "http://ns.adobe.com/exif/1.0/ DateTimeOriginal"
CREATED = "http://ns.adobe.com/photoshop/1.0/ DateCreated"
WRITTEN = "http://ns.adobe.com/xap/1.0/ CreateDate"
_READ = frozenset((RATING, TAKEN, CREATED, WRITTEN))


def properties(packet: object) -> dict[str, str]:
    """The properties above of a packet (bytes or text), as attributes or as elements; the first
    of each counts. Anything else has none.

    Raises ``ExpatError`` for broken XML, ``ValueError`` for a document type: entities are how a
    kilobyte becomes gigabytes, and XMP has no use for them.
    """
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if not isinstance(packet, bytes) or len(packet) > LONGEST_PACKET:
        return {}
    found: dict[str, str] = {}
    open_element: str | None = None

    def refuse(*_: object) -> None:
        raise ValueError("XMP with a document type")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal open_element
        for property_, value in attributes.items():
            if property_ in _READ:
                found.setdefault(property_, value[:LONGEST_VALUE])
        open_element = name if name in _READ and name not in found else None

    def text(data: str) -> None:
        if open_element is not None:
            found[open_element] = (found.get(open_element, "") + data)[:LONGEST_VALUE]

    def end(_: str) -> None:
        nonlocal open_element
        open_element = None

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    return found
