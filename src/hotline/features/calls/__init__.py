"""Calls (通话记录): the list, one call's story, its recordings. A projection of the journal, filled in its own transaction."""
