"""Whether every setting and connection can be used."""
