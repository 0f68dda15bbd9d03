"""Protective lists: what is blocked, in the forms that firewalls, resolvers, proxies and sensors read."""
