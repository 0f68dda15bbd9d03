"""Blocking what attacks: who decided what, where it holds, and what care it would touch."""
