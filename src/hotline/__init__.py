"""Hotline: an open contact-centre platform."""
