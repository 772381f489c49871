"""`spindle chaos`: the whole of Spindle under faults, and whether its database tells the truth afterwards."""
