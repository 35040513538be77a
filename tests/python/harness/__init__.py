"""What the black-box suites share: a server, a PostgreSQL, a mailbox, and calls as real clients make them."""
