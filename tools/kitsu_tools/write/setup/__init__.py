"""How productions and the studio are set up, for those who manage them."""
