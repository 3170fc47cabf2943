"""The `openai` package in Responses, over every upstream dialect, stateless as Codex is: encrypted reasoning comes back."""

import json

import bench
import openai
from openai import OpenAI
from pydantic import BaseModel

client = OpenAI(
    base_url=f"{bench.ORIGIN}/v1", api_key=bench.API_KEY, max_retries=0, timeout=bench.TIMEOUT_SECONDS
)
TOOLS = [
    {"type": "function", "name": name, "description": name, "parameters": schema, "strict": True}
    for name, schema in bench.SCHEMAS.items()
]
STATELESS = {"store": False, "include": ["reasoning.encrypted_content"]}


class City(BaseModel):
    city: str
    degrees: int


def expect_usage(usage) -> None:
    bench.expect_usage(usage.input_tokens, usage.output_tokens, usage.input_tokens_details.cached_tokens)
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens, usage


def whole_text(target: str) -> None:
    answer = client.responses.create(model=bench.model(target), input="ping", store=False)
    assert answer.output_text == "You said: ping", answer
    assert answer.status == "completed" and answer.id.startswith("resp_"), answer
    expect_usage(answer.usage)


def streamed_text(target: str) -> None:
    events = list(client.responses.create(model=bench.model(target), input="ping", store=False, stream=True))
    types = [event.type for event in events]
    assert types[:2] == ["response.created", "response.in_progress"], types
    assert types[-1] == "response.completed", types
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == "You said: ping" == events[-1].response.output_text, text
    assert types.count("response.output_item.added") == types.count("response.output_item.done"), types
    numbers = [event.sequence_number for event in events]
    assert numbers == list(range(len(events))), numbers
    expect_usage(events[-1].response.usage)


def answer_calls(items: list, output: list) -> int:
    calls = [item for item in output if item.type == "function_call"]
    for each in calls:
        result = bench.call(each.name, json.loads(each.arguments))
        items.append({"type": "function_call_output", "call_id": each.call_id, "output": result})
    return len(calls)


def tool_loop(target: str) -> None:
    items = [{"role": "user", "content": "What is it like there?"}]
    for round_number in range(4):
        answer = client.responses.create(model=bench.model(target), input=items, tools=TOOLS, **STATELESS)
        items += answer.output
        count = answer_calls(items, answer.output)
        if not count:
            break
        assert count == (2 if round_number == 0 else 1), answer
    bench.expect_results(answer.output_text)


def tool_loop_through_the_stream_helper(target: str) -> None:
    items = [{"role": "user", "content": "What is it like there?"}]
    for _ in range(4):
        with client.responses.stream(
            model=bench.model(target), input=items, tools=TOOLS, **STATELESS
        ) as stream:
            added = [event.item for event in stream if event.type == "response.output_item.added"]
            answer = stream.get_final_response()
        assert [item.id for item in added] == [item.id for item in answer.output], (added, answer)
        items += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
        if not answer_calls(items, answer.output):
            break
    bench.expect_results(answer.output_text)


def structured_output(target: str) -> None:
    answer = client.responses.parse(model=bench.model(target), input="ping", text_format=City, store=False)
    assert answer.output_parsed == City(city="Oslo", degrees=7), answer


def errors_raise_their_classes(target: str) -> None:
    for stream in (False, True):
        bench.expect_error_classes(
            openai,
            target,
            lambda model: client.responses.create(model=model, input="ping", stream=stream),
        )


def an_unknown_model_is_not_found(target: str) -> None:
    error = bench.expect_raises(
        openai.NotFoundError,
        lambda: client.responses.create(model=bench.model(target, "nope"), input="ping"),
    )
    assert error.code == "model_not_found", error


def broken_streams_end_as_failed(target: str) -> None:
    for name in ("cut", "error-event"):
        events = list(client.responses.create(model=bench.model(target, name), input="ping", stream=True))
        assert events[-1].type == "response.failed", (name, events[-1])
        assert events[-1].response.error.message, (name, events[-1])
        assert any(event.type == "response.output_text.delta" for event in events), name


bench.run(
    [
        whole_text,
        streamed_text,
        tool_loop,
        tool_loop_through_the_stream_helper,
        structured_output,
        errors_raise_their_classes,
    ],
    [an_unknown_model_is_not_found, broken_streams_end_as_failed],
)
