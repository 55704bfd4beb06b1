"""Libraries whose models kiseki saves, logs and loads: one module each, named as the library is."""
