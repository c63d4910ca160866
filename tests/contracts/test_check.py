"""The contract check lets pass what the documents say and names what they do not."""

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.contracts.check import ContractError, check_exchange, find
from tests.contracts.distil import CONTRACT, distil, schema
from tests.contracts.operations import BASES, OPERATIONS
from tests.contracts.wrapper import Checked

SITE = "https://site.test"
PAGE = {"id": "1", "status": "current", "title": "T", "version": {"number": 2}}
UPDATE = PAGE | {"body": {"representation": "storage", "value": ""}}


def exchange(
    method: str,
    path: str,
    *,
    body: object = None,
    status: int = 200,
    says: object = None,
) -> str:
    request = httpx.Request(method, SITE + path, json=body)
    return check_exchange(request, httpx.Response(status, json=says))


def test_a_right_exchange_passes() -> None:
    name = exchange("PUT", "/wiki/api/v2/pages/1", body=UPDATE, says=PAGE)
    assert name == "PUT /wiki/api/v2/pages/{id}"


@pytest.mark.parametrize("part", ["id", "status", "title", "body", "version"])
def test_a_required_part_is_missed(part: str) -> None:
    body = {key: value for key, value in UPDATE.items() if key != part}
    with pytest.raises(ContractError, match=part):
        exchange("PUT", "/wiki/api/v2/pages/1", body=body, says=PAGE)


def test_who_refuses_a_faulty_request_is_right() -> None:
    exchange("PUT", "/wiki/api/v2/pages/1", body={}, status=400, says={})


def test_unknown_paths_parameters_and_statuses_are_named() -> None:
    with pytest.raises(ContractError, match="no document"):
        exchange("GET", "/rest/api/3/nowhere")
    with pytest.raises(ContractError, match="expand is not in the document"):
        exchange("GET", "/wiki/api/v2/pages/1?expand=body", says=PAGE)
    with pytest.raises(ContractError, match="status 418"):
        exchange("GET", "/wiki/api/v2/pages/1", status=418)


def test_values_of_parameters_are_read_by_their_type() -> None:
    exchange("GET", "/wiki/api/v2/pages?limit=250&status=current", says={})
    with pytest.raises(ContractError, match="limit"):
        exchange("GET", "/wiki/api/v2/pages?limit=251", says={})
    with pytest.raises(ContractError, match="notifyUsers"):
        exchange(
            "PUT",
            "/rest/api/3/issue/A-1?notifyUsers=False",
            body={},
            status=200,
            says={},
        )


def test_a_property_is_addressed_by_number() -> None:
    with pytest.raises(ContractError, match="property-id"):
        exchange("GET", "/wiki/api/v2/pages/1/properties/cd3", says={})


def test_an_answer_of_another_shape_is_named() -> None:
    with pytest.raises(ContractError, match=r"answer 200 \$\.id"):
        exchange("GET", "/wiki/api/v2/pages/1", says=PAGE | {"id": 1})
    with pytest.raises(ContractError, match="createdAt"):
        exchange("GET", "/wiki/api/v2/pages/1", says=PAGE | {"createdAt": "today"})


def test_a_required_query_parameter_is_missed() -> None:
    with pytest.raises(ContractError, match="cql is required"):
        exchange("GET", "/wiki/rest/api/content/search", says={})


def test_a_secret_never_comes_back() -> None:
    hook = {"name": "n", "url": "https://x", "events": [], "self": "s"}
    exchange("GET", "/rest/webhooks/1.0/webhook/1", says=hook)
    with pytest.raises(ContractError, match="secret"):
        exchange("GET", "/rest/webhooks/1.0/webhook/1", says=hook | {"secret": "x"})


def test_the_literal_path_wins() -> None:
    found = find("POST", "/rest/api/3/issue/bulkfetch")
    assert found is not None
    assert found.name == "POST /rest/api/3/issue/bulkfetch"


def test_the_wrapper_sees_the_whole_exchange() -> None:
    def answer(request: Request) -> JSONResponse:
        return JSONResponse({"results": request.query_params.get("limit") or 1})

    checked = Checked(Starlette(routes=[Route("/wiki/api/v2/pages", answer)]))
    with TestClient(checked) as client, pytest.raises(ContractError, match="results"):
        client.get("/wiki/api/v2/pages")


def test_every_chosen_operation_is_in_the_contract_and_no_prose() -> None:
    text = CONTRACT.read_bytes()
    contract = orjson.loads(text)
    chosen = {
        f"{method.upper()} {BASES[document]}{path}"
        for document, paths in OPERATIONS.items()
        for path, methods in paths.items()
        for method in methods.split()
    }
    assert chosen == {
        name for document in contract.values() for name in document["operations"]
    }
    assert len(text) < 1_000_000
    for word in (b'"description":', b'"summary":', b'"example":', b'"x-'):
        for line in text.splitlines():
            if line.lstrip().startswith(word):
                assert line.rstrip().endswith((b"{", b"{},", b"{}")), line


def test_distilling_keeps_property_names_that_look_like_prose() -> None:
    node = {
        "title": "Page",
        "description": "words",
        "type": "object",
        "properties": {"title": {"type": "string", "example": "T"}},
        "x-internal": 1,
    }
    assert schema(node) == {
        "type": "object",
        "properties": {"title": {"type": "string"}},
    }


def test_distilling_follows_references_all_the_way() -> None:
    document = {
        "info": {"version": "1"},
        "paths": {
            path: {
                method: {
                    "parameters": [{"$ref": "#/components/parameters/P"}],
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/A"}
                                }
                            }
                        }
                    },
                }
                for method in methods.split()
            }
            for path, methods in OPERATIONS["confluence-v1"].items()
        },
        "components": {
            "parameters": {"P": {"name": "p", "in": "query", "description": "words"}},
            "schemas": {
                "A": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
                "B": {"type": "object", "properties": {"b": {"$ref": "#/x/y/A"}}},
                "C": {"type": "string"},
            },
        },
    }
    made = distil("confluence-v1", document)
    assert set(made["schemas"]) == {"A", "B"}
    assert "words" not in str(made)
