"""Lists as response policy zones, which resolvers transfer whenever they change."""
