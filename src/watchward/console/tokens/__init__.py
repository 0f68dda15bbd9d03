"""Personal tokens, by which a person's script uses the REST API."""
