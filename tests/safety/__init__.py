"""Whether the app can be put on the internet."""
