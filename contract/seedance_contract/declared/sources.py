"""The source of a fact, and whether it is documented or assumed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Document(StrEnum):
    """The documents that facts are taken from. If two contradict each other, the first wins."""

    GUIDE = "guide"
    PAGE = "page"
    OPENAPI = "openapi"
    PRICE_LIST = "price list"
    STANDARD = "standard"
    ASSUMPTION = "assumption"


class Weight(StrEnum):
    """Whether the vendor documents a fact or this project assumes it."""

    DOCUMENTED = "documented"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a document; for an assumption, the question that the documents leave open."""

    document: Document
    place: str

    @property
    def weight(self) -> Weight:
        """Whether a document states the fact."""
        assumed = self.document is Document.ASSUMPTION
        return Weight.ASSUMED if assumed else Weight.DOCUMENTED

    def __str__(self) -> str:
        return f"{self.document}: {self.place}"


def guide(place: str) -> Source:
    """Return the source of a fact in the Seedance 2.0 guide."""
    return Source(Document.GUIDE, place)


def page(place: str) -> Source:
    """Return the source of a fact on another page of the vendor's documentation."""
    return Source(Document.PAGE, place)


def openapi(place: str) -> Source:
    """Return the source of a fact in the vendor's published OpenAPI document."""
    return Source(Document.OPENAPI, place)


def price_list(place: str) -> Source:
    """Return the source of a fact in the model maker's public price list and limits."""
    return Source(Document.PRICE_LIST, place)


def standard(place: str) -> Source:
    """Return the source of a fact in a standard, such as HTTP."""
    return Source(Document.STANDARD, place)


def assumed(question: str) -> Source:
    """Return the source of a choice of this project: no document answers `question`."""
    return Source(Document.ASSUMPTION, question)
