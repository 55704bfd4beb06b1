"""What servers have in common: connections, the way of a request, its limits, its counts and its log."""
