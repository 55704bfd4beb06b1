"""Writing what was recorded as files that other programs read: partitioned Parquet."""
