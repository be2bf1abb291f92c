"""The product under load while its parts are killed at random; afterwards every call must be accounted for."""
