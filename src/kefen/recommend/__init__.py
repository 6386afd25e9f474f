"""What to offer a customer: what is due again, and what those like them buy besides."""

from kefen.recommend.fitting import Recommender, recommender
from kefen.recommend.offers import AGAIN, NEW, Offer
from kefen.recommend.proof import Judged

__all__ = ["AGAIN", "NEW", "Judged", "Offer", "Recommender", "recommender"]
