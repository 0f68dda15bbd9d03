"""Blocking what attacks, without harm of our own: the life of a block, and who and what decides it."""
