"""For those who watch over an installation: its health, its figures, and who may see them."""
