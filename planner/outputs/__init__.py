"""Write what a person reads: maps, tables, exports."""
