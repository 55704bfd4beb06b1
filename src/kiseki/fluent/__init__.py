"""The functions that log to the active run: what `import kiseki` offers, by noun."""
