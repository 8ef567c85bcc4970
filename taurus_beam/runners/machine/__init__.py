"""What this machine has: programs, cores, memory, open addresses. It is only looked at."""
