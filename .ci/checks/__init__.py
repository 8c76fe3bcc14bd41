"""What has to hold for a change to be taken, checked within seconds and without a network."""
