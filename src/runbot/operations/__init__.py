"""The verbs that every surface calls. Each checks rights, then acts, then says what came of it."""
