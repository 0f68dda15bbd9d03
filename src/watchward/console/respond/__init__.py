"""Rotas, notices and incidents, as the node stores, sends and shows them."""
