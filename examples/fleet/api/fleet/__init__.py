"""The API: a catalogue, and orders that a worker handles."""
