"""What is computed from attention after it ran: about words, heads and cells. No models, no pictures."""
