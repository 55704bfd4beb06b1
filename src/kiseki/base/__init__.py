"""What everything stands on: errors, identifiers, the clock, settings and URIs. Imports nothing of kiseki."""
