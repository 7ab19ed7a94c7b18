"""Whether the server lives, serves, and what it is doing."""
