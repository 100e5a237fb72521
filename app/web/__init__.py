"""Pages, one package for each audience; guard.py stands before every one of them."""
