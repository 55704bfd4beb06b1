"""Persistence on SQL databases, through SQLAlchemy Core. Nothing above this package speaks SQL."""
