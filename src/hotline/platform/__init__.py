"""What every feature stands on: settings, database, rights, errors, logging, clock."""
