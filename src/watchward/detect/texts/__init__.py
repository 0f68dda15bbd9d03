"""How one text is compared with another, and how many are looked for at once."""
