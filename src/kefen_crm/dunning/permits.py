"""What dunning permits."""

from __future__ import annotations

from typing import Final

DUN: Final = "dun"
"""The permit to draft the policy, write the letters, and approve, send and print what is proposed.

Whoever may `set_rules` publishes the policy.
"""
