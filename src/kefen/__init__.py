"""Kefen (客分): grade every customer by your own standard, and say why."""
