"""The processes of a Kefen installation: its own PostgreSQL, the web server and the worker."""
