"""The API describes itself: every route, role-free errors as problems, no script."""

import re

import pytest
from jsonschema import Draft202012Validator

from tests.app.api.conftest import Api
from tests.app.api.test_roles import LOWEST


def test_every_operation_is_described(api: Api) -> None:
    document = api.read("/openapi.json")
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    ours = {line for line in LOWEST if line[1].startswith("/api/")}
    assert ours <= described
    assert ("POST", "/webhooks/jira/{site}") in described
    ids = re.findall(r'"operationId":"([^"]+)"', api.call("GET", "/openapi.json").text)
    assert len(ids) == len(set(ids))


def test_errors_are_described_as_problems(api: Api) -> None:
    document = api.read("/openapi.json")
    for path, operations in document["paths"].items():
        if path.startswith("/api/"):
            for operation in operations.values():
                content = operation["responses"]["default"]["content"]
                assert list(content) == ["application/problem+json"]
                assert "422" not in operation["responses"]
                assert operation["security"] == [{"key": []}]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/sites/harbour", "SiteAnswer"),
        ("/backlogs/alphabet", "BacklogAnswer"),
        ("/backlogs/alphabet/ranking", "RankingAnswer"),
        ("/backlogs/alphabet/mapping/suggestions", "Suggestions"),
        ("/nothing", "Problem"),
    ],
)
def test_answers_keep_to_their_word(api: Api, path: str, name: str) -> None:
    api.filled()
    document = api.read("/openapi.json")
    answer = api.call("GET", path).json()
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": document["components"],
    }
    Draft202012Validator(schema).validate(answer)
    assert set(answer) <= set(document["components"]["schemas"][name]["properties"])


def test_the_page_for_people_has_every_operation_and_no_script(api: Api) -> None:
    page = api.call("GET", "/docs", role="reader")
    assert page.headers["content-type"].startswith("text/html")
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in re.sub(r"https://[a-z]+\.atlassian\.net", "", page.text)
    for method, path in LOWEST:
        if path.startswith("/api/"):
            assert f"<code>{path}</code>" in page.text, (method, path)
