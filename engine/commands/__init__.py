"""The commands of `cash-town`, one file each."""
