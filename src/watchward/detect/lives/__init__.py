"""What becomes of rules: the sets they come in, whether they are in force, and how their trials go."""
