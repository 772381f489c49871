"""What services say to each other (`messages`), and the two edges they share: the bus and Spotify."""
