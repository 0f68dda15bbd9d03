"""What people say is normal here: filters, by whom, where, why and until when."""
