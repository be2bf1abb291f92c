"""How long a hotline is without an application when the active one dies, stops or is cut off: two applications, one PostgreSQL, one engine.

Each time a talk runs and a caller waits while it happens. Timed from the fault: until the second application says that it is active, until both
running calls stand on its live page (adopted), until the waiting caller can be offered again (an agent is ready there), and until a new
call is answered. At the end the journal must have every call once, with one end.

    python -m bench.takeover --engine freeswitch --times 3
"""
