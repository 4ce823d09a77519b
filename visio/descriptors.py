"""How many files and sockets this process may have open."""

import resource


def raise_open_files() -> None:
    """As many as the host allows, up to `ENOUGH`.

    Shells and some supervisors begin a program with 1,024 for the sake of `select`, which we do not
    use: a thousand connections that never say anything would keep everybody else out.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if most == resource.RLIM_INFINITY else min(ENOUGH, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


ENOUGH = 65_536
"""As the systemd unit has it. Less is sooner used up by who holds connections open."""
