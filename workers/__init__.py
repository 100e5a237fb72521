"""Background work. Tasks are tiny: they take ids and hand them to services; the database is the queue of record."""
