//! What the roster does because of an earlier room's event.
