"""Template tags and filters of every Kefen page; loaded as builtins."""

from __future__ import annotations

from django import template

register = template.Library()
