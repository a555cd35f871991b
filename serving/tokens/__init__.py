"""Keys by which a program reads or acts for an account."""
