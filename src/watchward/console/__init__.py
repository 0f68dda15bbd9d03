"""Django: accounts, models, queries, actions, pages and the REST API. One app per domain, mirroring it by name."""
