"""Albums: tracks in an order, under a title; shared by those whom the owner names, published as a post."""
