# The tools of services in namespaces, which roles put on hosts.
