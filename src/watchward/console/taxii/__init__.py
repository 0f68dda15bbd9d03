"""The TAXII 2.1 server, over what `console.intel` stores."""
