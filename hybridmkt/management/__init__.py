"""What can be asked of the product on the command line."""
