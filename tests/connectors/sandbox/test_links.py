"""A link reads «blocks» at its source and «is blocked by» at its target."""

from typing import Any

from tests.connectors.sandbox.small_site import NARROW, Site, small_site

LINK = "/rest/api/3/issueLink"


def ends(site: Site, key: str) -> list[tuple[str, str]]:
    """Tell each link of an issue as a person reads it."""
    told = []
    for link in site.fields(key)["issuelinks"]:
        if "outwardIssue" in link:
            told.append((link["type"]["outward"], link["outwardIssue"]["key"]))
        else:
            told.append((link["type"]["inward"], link["inwardIssue"]["key"]))
    return told


def link(site: Site, source: str, target: str, **rest: Any) -> Any:
    """Link as Jira wants it: the source goes into `inwardIssue`."""
    body = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": source},
        "outwardIssue": {"key": target},
    }
    return site.ask("POST", LINK, json=body | rest)


def test_a_seeds_link_reads_from_both_ends() -> None:
    with small_site() as (_, site):
        assert ends(site, "SEA-1") == [("blocks", "SEA-2")]
        assert ends(site, "SEA-2") == [("is blocked by", "SEA-1")]
        [told] = site.fields("SEA-1")["issuelinks"]
        assert told["outwardIssue"]["fields"]["status"]["name"] == "To Do"


def test_a_new_link_has_the_same_direction() -> None:
    with small_site() as (_, site):
        assert link(site, "SEA-3", "SEA-4").status_code == 201
        assert ends(site, "SEA-3") == [("blocks", "SEA-4")]
        assert ends(site, "SEA-4") == [("is blocked by", "SEA-3")]
        number = site.fields("SEA-3")["issuelinks"][0]["id"]
        read = site.ask("GET", f"{LINK}/{number}").json()
        assert (read["inwardIssue"]["key"], read["outwardIssue"]["key"]) == (
            "SEA-3",
            "SEA-4",
        )


def test_linking_again_adds_nothing() -> None:
    with small_site() as (_, site):
        assert link(site, "SEA-1", "SEA-2").status_code == 201
        assert ends(site, "SEA-1") == [("blocks", "SEA-2")]


def test_a_removed_link_is_gone_at_both_ends() -> None:
    with small_site() as (_, site):
        number = site.fields("SEA-1")["issuelinks"][0]["id"]
        assert site.ask("DELETE", f"{LINK}/{number}").status_code == 204
        assert ends(site, "SEA-1") == ends(site, "SEA-2") == []
        assert site.ask("DELETE", f"{LINK}/{number}").status_code == 404


def test_jira_refuses_senseless_links() -> None:
    with small_site() as (_, site):
        assert link(site, "SEA-1", "SEA-1").status_code == 400
        assert link(site, "SEA-1", "SEA-99").status_code == 404
        assert link(site, "SEA-1", "SEA-3", type={"name": "Likes"}).status_code == 404
        assert link(site, "SEA-1", "SEA-3", more=1).status_code == 400


def test_a_link_to_what_is_hidden_is_hidden() -> None:
    with small_site() as (_, site):
        link(site, "SEA-3", "AIR-1")
        number = site.fields("SEA-3")["issuelinks"][0]["id"]
        assert site.ask("GET", f"{LINK}/{number}", NARROW).status_code == 404


def test_link_types_say_both_phrases() -> None:
    with small_site() as (_, site):
        [kind] = site.ask("GET", "/rest/api/3/issueLinkType").json()["issueLinkTypes"]
        assert (kind["name"], kind["inward"], kind["outward"]) == (
            "Blocks",
            "is blocked by",
            "blocks",
        )
        assert site.ask("GET", "/rest/api/3/issueLinkType/10000").json() == kind
