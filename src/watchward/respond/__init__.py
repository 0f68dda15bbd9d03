"""Incidents, rotas and who is told when: decisions only, no input or output."""
