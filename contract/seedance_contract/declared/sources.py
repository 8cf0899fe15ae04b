"""Where a fact comes from, and how much it weighs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Document(StrEnum):
    """The documents that facts are taken from, heaviest first."""

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
    """A place in a document; for an assumption, the question the documents leave open."""

    document: Document
    place: str

    @property
    def weight(self) -> Weight:
        """Assumed where no document says it."""
        assumed = self.document is Document.ASSUMPTION
        return Weight.ASSUMED if assumed else Weight.DOCUMENTED

    def __str__(self) -> str:
        return f"{self.document}: {self.place}"


def guide(place: str) -> Source:
    """A fact of the Seedance 2.0 guide. Where documents disagree, the guide wins."""
    return Source(Document.GUIDE, place)


def page(place: str) -> Source:
    """A fact of another page of the vendor's documentation."""
    return Source(Document.PAGE, place)


def openapi(place: str) -> Source:
    """A fact of the vendor's published OpenAPI document."""
    return Source(Document.OPENAPI, place)


def price_list(place: str) -> Source:
    """A fact of the model maker's public price list and limits."""
    return Source(Document.PRICE_LIST, place)


def standard(place: str) -> Source:
    """A fact of a standard that the API is built upon, such as HTTP."""
    return Source(Document.STANDARD, place)


def assumed(question: str) -> Source:
    """Mark a choice of this project: the documents are silent on `question`."""
    return Source(Document.ASSUMPTION, question)
