"""Uplift: whom treating changes, learned from experiments, and how far that can be trusted."""

from kefen.predict.uplift.learners import Learner, Trial, cross_fitted, qini_of
from kefen.predict.uplift.qini import Qini, qini
from kefen.predict.uplift.segments import Leaf, segments

__all__ = ["Leaf", "Learner", "Qini", "Trial", "cross_fitted", "qini", "qini_of", "segments"]
