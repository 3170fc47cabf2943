"""What the SDK scripts share: where the gateway is, which models to ask, the two tools, and the runner.

`GATEWAY` is the origin of what is tested, `TARGETS` the instances behind it, one per dialect. Empty `TARGETS` means that the
agent upstream itself is tested, without a gateway: then models have bare names, and only what a provider does is checked.
Plain assertions; the first that fails ends the script with a traceback that names the function and the model.
"""

import os
import sys
import traceback

ORIGIN = os.environ["GATEWAY"]
API_KEY = os.environ.get("API_KEY", "unused")
TARGETS = [name for name in os.environ.get("TARGETS", "").split(",") if name]
BEHIND_GATEWAY = bool(TARGETS)
TIMEOUT_SECONDS = 20

# What the agent upstreams answer; `tests/src/upstream/agent` owns these words.
SCRIPTED = "scripted by the agent"
RESULTS = [
    "7 degrees in Oslo",
    "12:00 in Europe/Oslo",
    '12:00 in Bergen "by" night',
    "7 degrees in Tromsø",
]
# Errors by model, and the status that the caller sees.
STATUSES = [400, 401, 403, 404, 429, 500, 503, 529]


def model(target: str, name: str = "agent") -> str:
    return f"{target}/{name}" if target else name


def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The name of the city.
    """
    return f"7 degrees in {city}"


def clock(zone: str) -> str:
    """The time in a zone.

    Args:
        zone: The name of the time zone.
    """
    return f"12:00 in {zone}"


TOOLS = {"weather": weather, "clock": clock}
SCHEMAS = {
    "weather": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The name of the city."}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "clock": {
        "type": "object",
        "properties": {"zone": {"type": "string", "description": "The name of the time zone."}},
        "required": ["zone"],
        "additionalProperties": False,
    },
}


def call(name: str, arguments: dict) -> str:
    return TOOLS[name](**arguments)


def expect_results(answer: str) -> None:
    """A client may wrap results in JSON, which escapes their quotes."""
    text = answer.replace('\\"', '"')
    assert text.startswith("Done after 3 rounds"), text
    for result in RESULTS:
        assert result in text, (result, text)


def expect_usage(tokens_in: int, tokens_out: int, cached: int) -> None:
    """Input inclusive of the cache: 120, or 127 where 7 were also written to it."""
    assert tokens_in in (120, 127), tokens_in
    assert (tokens_out, cached) == (12, 100), (tokens_out, cached)


def expect_raises(expected: type[BaseException], act) -> BaseException:
    try:
        act()
    except expected as error:
        return error
    raise AssertionError(f"no {expected.__name__} was raised")


def expect_error_classes(sdk, target: str, call) -> list:
    """Each status raises the class that an SDK of OpenAI's or Anthropic's has for it, with the upstream's words. Returns them."""
    raised = []
    classes = {
        400: sdk.BadRequestError,
        401: sdk.AuthenticationError,
        403: sdk.PermissionDeniedError,
        404: sdk.NotFoundError,
        429: sdk.RateLimitError,
    }
    for status in STATUSES:
        expected = classes.get(status, sdk.InternalServerError)
        error = expect_raises(expected, lambda: call(model(target, f"status-{status}")))
        assert error.status_code == status, (status, error)
        assert SCRIPTED in str(error), (status, error)
        raised.append((status, error))
    return raised


def run(checks: list, gateway_checks: list) -> None:
    """Runs each check over each target, reports all that fail, and exits accordingly."""
    failures = 0
    for check in checks + (gateway_checks if BEHIND_GATEWAY else []):
        for target in TARGETS or [""]:
            try:
                check(target)
            except Exception:
                failures += 1
                print(f"--- {check.__name__} over {target or 'the upstream itself'}", file=sys.stderr)
                traceback.print_exc()
    if failures:
        sys.exit(f"{failures} checks failed")
    print("ok", os.path.basename(sys.argv[0]))
