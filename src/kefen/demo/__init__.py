"""Companies to try Kefen with: one invented, two real.

>>> import kefen.demo
>>> kefen.demo.companies()["cdnow"].as_of
datetime.date(1998, 7, 1)
"""

from kefen.demo.catalogue import companies
from kefen.demo.company import Company, Person
from kefen.demo.loading import CUSTOMERS, SEED, frames, load
from kefen.demo.messy import Exported, export
from kefen.demo.trial import trial

__all__ = [
    "CUSTOMERS",
    "SEED",
    "Company",
    "Exported",
    "Person",
    "companies",
    "export",
    "frames",
    "load",
    "trial",
]
