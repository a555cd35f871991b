"""Where a message may go: shapes of addresses, and no way into the organisation's own network."""

import pytest

from serving.notifications import targets
from serving.problems import RefusedError

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = "https://prod-12.westeurope.logic.azure.com:443/workflows/643e69f8/triggers/manual/paths/invoke?sig=KODue"
ACCEPTED = [
    ("email", "claire.martin@organisme.fr"),
    ("slack", SLACK),
    ("mattermost", "https://chat.organisme.fr/hooks/abcdefgh123"),
    ("mattermost", "https://organisme.fr/mattermost/hooks/abcdefgh123"),
    ("teams", TEAMS),
    ("teams", "https://default1.23.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/"
              "643e69f8/triggers/manual/paths/invoke?sig=KODue"),
    ("discord", "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"),
    ("webhook", "https://organisme.fr/filrouge"),
    ("webhook", "https://8.8.8.8:8443/filrouge?x=y"),
]  # fmt: skip
REFUSED = [
    ("email", "claire"),
    ("email", "claire@organisme"),
    ("email", "claire@organisme.fr, other@organisme.fr"),
    ("email", "claire@organisme.fr\nBcc: other@organisme.fr"),
    ("slack", SLACK.replace("https", "http")),
    ("slack", SLACK.replace("hooks.slack.com", "hooks.slack.com.evil.org")),
    ("slack", "https://evil.org/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdn"),
    ("slack", SLACK.replace("//", "//user:password@")),
    ("mattermost", "https://chat.organisme.fr/other/abcdefgh"),
    ("teams", TEAMS.replace("logic.azure.com", "evil.org")),
    ("discord", "https://discord.com.evil.org/api/webhooks/1/x"),
    ("webhook", "http://organisme.fr/filrouge"),
    ("webhook", "https://localhost/x"),
    ("webhook", "https://127.0.0.1/x"),
    ("webhook", "https://[::1]/x"),
    ("webhook", "https://[::ffff:10.0.0.1]/x"),
    ("webhook", "https://10.1.2.3/x"),
    ("webhook", "https://169.254.169.254/latest/meta-data"),
    ("webhook", "https://2130706433/x"),
    ("webhook", "https://0x7f.1/x#f"),
    ("webhook", "https://intranet/x"),
    ("webhook", "https://printer.local/x"),
    ("webhook", "https://organisme.fr.:99999/x"),
    ("webhook", "ftp://organisme.fr/x"),
    ("webhook", "file:///etc/passwd"),
    ("webhook", "https://organisme.fr/ x"),
    ("webhook", "https://organisme.fr\\@evil.org/x"),
    ("other", "https://organisme.fr/x"),
]


@pytest.mark.parametrize(("kind", "address"), ACCEPTED)
def test_the_address_of_each_kind_of_channel_is_accepted(kind, address):
    assert targets.check(kind, address, private=False) is None


@pytest.mark.parametrize(("kind", "address"), REFUSED)
def test_another_address_is_refused_and_never_repeated(kind, address):
    with pytest.raises(RefusedError) as refused:
        targets.check(kind, address, private=False)
    assert address not in refused.value.line()


def test_the_organisations_network_is_reached_only_when_its_settings_say_so():
    assert targets.check("webhook", "http://127.0.0.1:9000/x", private=True) is None


@pytest.mark.parametrize(
    ("numbers", "private", "leads"),
    [
        (["93.184.215.14"], False, "93.184.215.14"),
        (["93.184.215.14", "10.0.0.1"], False, None),
        (["127.0.0.1"], False, None),
        (["127.0.0.1"], True, "127.0.0.1"),
        (["::ffff:127.0.0.1"], False, None),
        (["fe80::1%eth0"], False, None),
        (["100.64.0.1"], False, None),
        (["0.0.0.0"], False, None),  # noqa: S104 - an address to refuse
        (["224.0.0.1"], False, None),
        ([], False, None),
    ],
)
def test_a_name_that_leads_inside_is_refused_when_the_message_leaves(numbers, private, leads):
    def look_up(host):
        assert host == "organisme.fr"
        return numbers

    if leads:
        assert targets.check_leads_outside("https://organisme.fr/x", private=private, look_up=look_up) == leads
    else:
        with pytest.raises(targets.TargetError) as refused:
            targets.check_leads_outside("https://organisme.fr/x", private=private, look_up=look_up)
        assert refused.value.code == "refused_address"
