"""The Kefen site: people, work, screens and the API."""
