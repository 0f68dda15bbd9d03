"""The few questions about an organisation's map of care whose answers would change its ranking most."""
