"""How two nodes speak: what one tells the other arrives, in order and once in effect, whatever fails between them."""
