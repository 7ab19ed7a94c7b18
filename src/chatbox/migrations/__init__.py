"""The database's shape, step by step. Each step is safe on a running system: add, then fill, then require."""
