"""Foreign event shapes in; Arrow record batches with Sigma field names out."""
