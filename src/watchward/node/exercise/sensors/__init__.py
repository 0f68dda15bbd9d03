"""What sensors record: a thing that happens on a machine becomes the events that are logged of it, or none."""
