//! The loop: schedule, watch, reload, signals.
