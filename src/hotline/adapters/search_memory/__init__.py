"""Search in memory: exact words and meaning."""

from hotline.adapters.search_memory.index import MemoryIndex

__all__ = ["MemoryIndex"]
