"""Rules as people look after them: sets, trials, what each costs and brings, and who decided what."""
