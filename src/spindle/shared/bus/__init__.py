"""The edge to NATS: connections, topology, mailboxes, publishing, and what becomes of a delivery."""
