"""Customers (客户): who they are, everything they had with us, contracts, merging, import."""
