"""What care an organisation gives, and the services, systems and suppliers that this depends on."""
