"""Who is recorded: linking an account, and forgetting one."""
