"""Rows as people have them in, clean facts and rejections out."""
