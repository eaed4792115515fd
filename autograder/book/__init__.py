"""The gradebook and the records: what was released, and what is known of each submission."""
