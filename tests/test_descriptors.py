import resource

from visio.descriptors import ENOUGH, raise_open_files


def test_as_many_files_as_the_host_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        raise_open_files()
        raised, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert most == before[1]
        assert raised == (ENOUGH if most == resource.RLIM_INFINITY else min(ENOUGH, most))
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        raise_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
