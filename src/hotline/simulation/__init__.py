"""The centre on a virtual clock with simulated people and a simulated switch. Imports the core only; a seed is all its chance."""
