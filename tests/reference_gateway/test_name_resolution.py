"""Names in a hosts file."""

import pytest

from reference_gateway.defects import parts_with
from reference_gateway.name_resolution import HostsFileResolver

pytestmark = pytest.mark.anyio

HOSTS = "# the EHR\n127.0.0.1 ehr.test EHR2.test # both\n::1 six.test\n\nnonsense\n"


async def addresses(resolver, name):
    return [found["host"] for found in await resolver.resolve(name, 80)]


async def test_names_in_the_file(tmp_path):
    file = tmp_path / "hosts"
    file.write_text(HOSTS)
    resolver = HostsFileResolver(file)
    assert await addresses(resolver, "ehr.test") == ["127.0.0.1"]
    assert await addresses(resolver, "ehr2.TEST") == ["127.0.0.1"]
    assert await addresses(resolver, "six.test") == ["::1"]
    assert await addresses(resolver, "localhost") == ["127.0.0.1"]
    file.write_text("127.0.0.2 ehr.test\n")
    assert await addresses(resolver, "ehr.test") == ["127.0.0.2"]


async def test_without_a_file_the_system_is_asked(tmp_path):
    assert await addresses(HostsFileResolver(tmp_path / "none"), "localhost") == ["127.0.0.1"]


async def test_the_defect_keeps_the_first_address(tmp_path):
    file = tmp_path / "hosts"
    resolver = parts_with("resolves-names-once").resolver(file)
    for address in ("127.0.0.1", "127.0.0.2"):
        file.write_text(f"{address} ehr.test\n")
        assert await addresses(resolver, "ehr.test") == ["127.0.0.1"]
