"""The `openai` package in chat completions, over every upstream dialect."""

import json

import bench
import openai
from openai import OpenAI
from pydantic import BaseModel

client = OpenAI(
    base_url=f"{bench.ORIGIN}/v1", api_key=bench.API_KEY, max_retries=0, timeout=bench.TIMEOUT_SECONDS
)
PING = [{"role": "user", "content": "ping"}]
TOOLS = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": schema, "strict": True}}
    for name, schema in bench.SCHEMAS.items()
]


class City(BaseModel):
    city: str
    degrees: int


def whole_text(target: str) -> None:
    answer = client.chat.completions.create(model=bench.model(target), messages=PING)
    assert answer.choices[0].message.content == "You said: ping", answer
    assert answer.choices[0].finish_reason == "stop", answer
    expect_usage(answer.usage)


def expect_usage(usage) -> None:
    bench.expect_usage(usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens)
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage


def streamed_text(target: str) -> None:
    stream = client.chat.completions.create(
        model=bench.model(target), messages=PING, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "You said: ping", texts
    assert len([text for text in texts if text]) > 1, "the text came in one piece"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop", chunks
    assert chunks[-1].choices == [], chunks[-1]
    expect_usage(chunks[-1].usage)
    assert len({chunk.id for chunk in chunks}) == 1, "one stream has one id"


def a_stream_without_usage_has_choices_in_every_chunk(target: str) -> None:
    stream = client.chat.completions.create(model=bench.model(target), messages=PING, stream=True)
    assert all(chunk.choices for chunk in stream)


def answer_calls(messages: list, calls: list) -> None:
    for each in calls:
        result = bench.call(each.function.name, json.loads(each.function.arguments))
        messages.append({"role": "tool", "tool_call_id": each.id, "content": result})


def tool_loop(target: str) -> None:
    messages = [{"role": "user", "content": "What is it like there?"}]
    for round_number in range(4):
        answer = client.chat.completions.create(model=bench.model(target), messages=messages, tools=TOOLS)
        message = answer.choices[0].message
        if not message.tool_calls:
            break
        assert answer.choices[0].finish_reason == "tool_calls", answer
        assert len(message.tool_calls) == (2 if round_number == 0 else 1), message
        messages.append(message)
        answer_calls(messages, message.tool_calls)
    bench.expect_results(message.content)


def tool_loop_through_the_stream_helper(target: str) -> None:
    messages = [{"role": "user", "content": "What is it like there?"}]
    for _ in range(4):
        with client.chat.completions.stream(
            model=bench.model(target), messages=messages, tools=TOOLS
        ) as stream:
            done = [event.type for event in stream if event.type == "tool_calls.function.arguments.done"]
            message = stream.get_final_completion().choices[0].message
        if not message.tool_calls:
            break
        assert len(done) == len(message.tool_calls), done
        messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
        answer_calls(messages, message.tool_calls)
    bench.expect_results(message.content)


def a_second_question_after_a_loop(target: str) -> None:
    messages = [{"role": "user", "content": "What is it like there?"}]
    while True:
        answer = client.chat.completions.create(model=bench.model(target), messages=messages, tools=TOOLS)
        message = answer.choices[0].message
        messages.append(message)
        if not message.tool_calls:
            break
        answer_calls(messages, message.tool_calls)
    messages.append({"role": "user", "content": "thanks"})
    answer = client.chat.completions.create(model=bench.model(target), messages=messages)
    assert answer.choices[0].message.content == "You said: thanks", answer


def structured_output(target: str) -> None:
    answer = client.chat.completions.parse(model=bench.model(target), messages=PING, response_format=City)
    assert answer.choices[0].message.parsed == City(city="Oslo", degrees=7), answer


def any_json(target: str) -> None:
    answer = client.chat.completions.create(
        model=bench.model(target), messages=PING, response_format={"type": "json_object"}
    )
    assert json.loads(answer.choices[0].message.content) == {"city": "Oslo", "degrees": 7}, answer
    assert answer.choices[0].message.tool_calls is None, answer


def errors_raise_their_classes(target: str) -> None:
    for stream in (False, True):
        bench.expect_error_classes(
            openai,
            target,
            lambda model: client.chat.completions.create(model=model, messages=PING, stream=stream),
        )


def an_unknown_model_is_not_found(target: str) -> None:
    error = bench.expect_raises(
        openai.NotFoundError,
        lambda: client.chat.completions.create(model=bench.model(target, "nope"), messages=PING),
    )
    assert error.code == "model_not_found", error


def broken_streams_raise(target: str) -> None:
    for name in ("cut", "error-event"):
        seen = []

        def read() -> None:
            for chunk in client.chat.completions.create(
                model=bench.model(target, name), messages=PING, stream=True
            ):
                seen.append(chunk)

        bench.expect_raises(openai.APIError, read)
        assert seen, f"{name}: nothing came before the failure"


bench.run(
    [
        whole_text,
        streamed_text,
        tool_loop,
        tool_loop_through_the_stream_helper,
        a_second_question_after_a_loop,
        structured_output,
        any_json,
        errors_raise_their_classes,
    ],
    [
        a_stream_without_usage_has_choices_in_every_chunk,
        an_unknown_model_is_not_found,
        broken_streams_raise,
    ],
)
