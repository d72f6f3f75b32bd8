"""What a measured document says: tables, charts, aims. Measures nothing."""
