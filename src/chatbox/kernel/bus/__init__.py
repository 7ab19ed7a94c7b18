"""How instances wake each other."""
