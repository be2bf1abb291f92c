"""Commands of `hotline`: one module each."""
