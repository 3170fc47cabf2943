"""The `anthropic` package, over every upstream dialect."""

import anthropic
import bench
from anthropic import Anthropic, beta_tool
from pydantic import BaseModel

client = Anthropic(
    base_url=bench.ORIGIN, api_key=bench.API_KEY, max_retries=0, timeout=bench.TIMEOUT_SECONDS
)
PING = [{"role": "user", "content": "ping"}]
QUESTION = [{"role": "user", "content": "What is it like there?"}]
RUNNABLE = [beta_tool(bench.weather), beta_tool(bench.clock)]
TOOLS = [
    {"name": name, "description": name, "input_schema": schema} for name, schema in bench.SCHEMAS.items()
]
LIMIT = 1024


class City(BaseModel):
    city: str
    degrees: int


def text_of(message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def expect_usage(usage) -> None:
    """Here the cache stands beside the input."""
    assert (usage.input_tokens, usage.output_tokens) == (20, 12), usage
    assert usage.cache_read_input_tokens == 100, usage
    assert usage.cache_creation_input_tokens in (0, 7), usage


def whole_text(target: str) -> None:
    message = client.messages.create(model=bench.model(target), max_tokens=LIMIT, messages=PING)
    assert text_of(message) == "You said: ping", message
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None), message
    assert message.id.startswith("msg_") and message.role == "assistant", message
    expect_usage(message.usage)
    assert message._request_id, "the SDK found no request-id"


def streamed_text(target: str) -> None:
    with client.messages.stream(model=bench.model(target), max_tokens=LIMIT, messages=PING) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert "".join(pieces) == "You said: ping" == text_of(message), pieces
    assert len(pieces) > 1, "the text came in one piece"
    assert message.stop_reason == "end_turn", message
    assert message.usage.output_tokens == 12, message


def raw_events_keep_their_discipline(target: str) -> None:
    events = client.messages.create(
        model=bench.model(target), max_tokens=LIMIT, messages=QUESTION, tools=TOOLS, stream=True
    )
    types, open_block, next_index = [], None, 0
    for event in events:
        types.append(event.type)
        if event.type == "content_block_start":
            assert open_block is None and event.index == next_index, (types, event)
            open_block, next_index = event.index, next_index + 1
        elif event.type == "content_block_delta":
            assert event.index == open_block, (types, event)
        elif event.type == "content_block_stop":
            assert event.index == open_block, (types, event)
            open_block = None
    assert (types[0], types[-2:]) == ("message_start", ["message_delta", "message_stop"]), types


def tool_loop(target: str) -> None:
    messages = list(QUESTION)
    for round_number in range(4):
        message = client.messages.create(
            model=bench.model(target), max_tokens=LIMIT, messages=messages, tools=TOOLS
        )
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            break
        assert message.stop_reason == "tool_use", message
        assert len(calls) == (2 if round_number == 0 else 1), message
        messages.append({"role": "assistant", "content": message.content})
        results = [
            {"type": "tool_result", "tool_use_id": each.id, "content": bench.call(each.name, each.input)}
            for each in calls
        ]
        messages.append({"role": "user", "content": results})
    bench.expect_results(text_of(message))


def tool_runner(target: str) -> None:
    runner = client.beta.messages.tool_runner(
        model=bench.model(target), max_tokens=LIMIT, messages=QUESTION, tools=RUNNABLE
    )
    bench.expect_results(text_of(runner.until_done()))


def tool_runner_over_streams(target: str) -> None:
    runner = client.beta.messages.tool_runner(
        model=bench.model(target), max_tokens=LIMIT, messages=QUESTION, tools=RUNNABLE, stream=True
    )
    last = None
    for stream in runner:
        for _ in stream:
            pass
        last = stream.get_final_message()
    bench.expect_results(text_of(last))


def structured_output(target: str) -> None:
    message = client.messages.parse(
        model=bench.model(target), max_tokens=LIMIT, messages=PING, output_format=City
    )
    assert message.parsed_output == City(city="Oslo", degrees=7), message


def errors_raise_their_classes(target: str) -> None:
    types = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
        500: "api_error",
        503: "overloaded_error",
        529: "overloaded_error",
    }
    for status, error in bench.expect_error_classes(
        anthropic,
        target,
        lambda model: client.messages.create(model=model, max_tokens=LIMIT, messages=PING),
    ):
        if bench.BEHIND_GATEWAY:
            assert error.body["error"]["type"] == types[status], (status, error.body)
            assert error.request_id, (status, "no request-id")


def tokens_are_counted(target: str) -> None:
    count = client.messages.count_tokens(model=bench.model(target), messages=PING)
    assert count.input_tokens > 0, count


def an_unknown_model_is_not_found(target: str) -> None:
    error = bench.expect_raises(
        anthropic.NotFoundError,
        lambda: client.messages.create(model=bench.model(target, "nope"), max_tokens=LIMIT, messages=PING),
    )
    assert error.body["error"]["type"] == "not_found_error", error.body


def broken_streams_raise(target: str) -> None:
    for name in ("cut", "error-event"):
        seen = []

        def read() -> None:
            for event in client.messages.create(
                model=bench.model(target, name), max_tokens=LIMIT, messages=PING, stream=True
            ):
                seen.append(event.type)

        bench.expect_raises(anthropic.APIError, read)
        assert "content_block_delta" in seen and "message_stop" not in seen, (name, seen)


def models_are_listed(target: str) -> None:
    ids = [model.id for model in client.models.list()]
    assert bench.model(target) in ids, ids


bench.run(
    [
        whole_text,
        streamed_text,
        raw_events_keep_their_discipline,
        tool_loop,
        tool_runner,
        tool_runner_over_streams,
        structured_output,
        errors_raise_their_classes,
        tokens_are_counted,
        models_are_listed,
    ],
    [an_unknown_model_is_not_found, broken_streams_raise],
)
