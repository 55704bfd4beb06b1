"""Steps from one schema to the next, run by Alembic. A release that changes the schema adds one, named by it."""
