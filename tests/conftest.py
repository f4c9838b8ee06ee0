"""Pictures and people for every test."""
