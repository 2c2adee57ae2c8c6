"""Public formats as an agency imports them: one module a format; none of it runs on a device."""
