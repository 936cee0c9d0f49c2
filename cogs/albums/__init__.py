"""Albums below commands and buttons: their pages, what is changed on them, and how they are published."""
