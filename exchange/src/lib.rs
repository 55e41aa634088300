//! Readers and writers for the outside world, pure: text in, data out, and back.
