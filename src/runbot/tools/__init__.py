"""What a step can do to the world: the contract, and one module per built-in tool."""
