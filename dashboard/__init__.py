"""dashboard/: how pages draw: server, state, figures, tables, forms, frames."""
