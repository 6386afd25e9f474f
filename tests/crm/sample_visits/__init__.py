"""A part of the business that Kefen does not know: visits. It is all in this folder."""
