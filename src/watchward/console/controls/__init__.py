"""Controls: the resolvers, firewalls, proxies and sensors that read this node's protective lists."""
