"""The REST API as structs: what travels between client and server, one definition for both ends."""
