"""The realtime chat: its events, its conversation without I/O, its connection."""
