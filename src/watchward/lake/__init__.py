"""The event store, the match journal and hunts: Parquet and DuckDB."""
