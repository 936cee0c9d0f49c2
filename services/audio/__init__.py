"""Sound as numbers and bytes: what a file is, how loud it is, where its sections begin."""
