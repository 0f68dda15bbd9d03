"""What is made of matches: alerts, their words, and what becomes of them."""
