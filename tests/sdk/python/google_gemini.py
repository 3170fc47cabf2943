"""The `google-genai` package, over every upstream dialect."""

import os

import bench
from google import genai
from google.genai import errors, types
from pydantic import BaseModel

client = genai.Client(
    api_key=bench.API_KEY,
    http_options=types.HttpOptions(
        base_url=bench.ORIGIN,
        api_version=os.environ.get("GEMINI_VERSION", "v1beta"),
        timeout=bench.TIMEOUT_SECONDS * 1000,
    ),
)
QUESTION = "What is it like there?"
AUTOMATIC = types.GenerateContentConfig(tools=[bench.weather, bench.clock])
MANUAL = types.GenerateContentConfig(
    tools=[
        types.Tool(
            function_declarations=[
                types.FunctionDeclaration(name=name, description=name, parameters_json_schema=schema)
                for name, schema in bench.SCHEMAS.items()
            ]
        )
    ]
)


class City(BaseModel):
    city: str
    degrees: int


def whole_text(target: str) -> None:
    answer = client.models.generate_content(model=name(target), contents="ping")
    assert answer.text == "You said: ping", answer
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP, answer
    expect_usage(answer.usage_metadata)


def name(target: str, model: str = "agent") -> str:
    """The SDK takes what follows the first slash for a path of its own unless `models/` comes first."""
    return f"models/{bench.model(target, model)}"


def expect_usage(usage) -> None:
    tokens_out = usage.candidates_token_count + (usage.thoughts_token_count or 0)
    bench.expect_usage(usage.prompt_token_count, tokens_out, usage.cached_content_token_count)
    assert usage.total_token_count == usage.prompt_token_count + tokens_out, usage


def streamed_text(target: str) -> None:
    chunks = list(client.models.generate_content_stream(model=name(target), contents="ping"))
    pieces = [chunk.text for chunk in chunks if chunk.text]
    assert "".join(pieces) == "You said: ping", pieces
    assert len(pieces) > 1, "the text came in one piece"
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP, chunks[-1]
    expect_usage(chunks[-1].usage_metadata)


def tool_loop(target: str) -> None:
    contents = [types.UserContent(QUESTION)]
    for round_number in range(4):
        answer = client.models.generate_content(model=name(target), contents=contents, config=MANUAL)
        calls = answer.function_calls
        if not calls:
            break
        assert len(calls) == (2 if round_number == 0 else 1), answer
        contents.append(answer.candidates[0].content)
        parts = [
            types.Part(
                function_response=types.FunctionResponse(
                    id=each.id, name=each.name, response={"output": bench.call(each.name, each.args)}
                )
            )
            for each in calls
        ]
        contents.append(types.Content(role="user", parts=parts))
    bench.expect_results(answer.text)


def automatic_function_calling(target: str) -> None:
    """The SDK sends its results without the ids of the calls."""
    answer = client.models.generate_content(model=name(target), contents=QUESTION, config=AUTOMATIC)
    bench.expect_results(answer.text)


def automatic_function_calling_over_a_stream(target: str) -> None:
    chunks = client.models.generate_content_stream(model=name(target), contents=QUESTION, config=AUTOMATIC)
    texts = [part.text for chunk in chunks for part in parts_of(chunk) if part.text and not part.thought]
    bench.expect_results("".join(texts).removeprefix("Let me look that up."))


def parts_of(chunk) -> list:
    content = chunk.candidates[0].content if chunk.candidates else None
    return (content.parts if content else None) or []


def a_chat_with_two_turns(target: str) -> None:
    chat = client.chats.create(model=name(target), config=AUTOMATIC)
    bench.expect_results(chat.send_message(QUESTION).text)
    assert chat.send_message("thanks", config=types.GenerateContentConfig()).text == "You said: thanks"


def structured_output(target: str) -> None:
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=City)
    answer = client.models.generate_content(model=name(target), contents="ping", config=config)
    assert answer.parsed == City(city="Oslo", degrees=7), answer


def errors_raise_their_classes(target: str) -> None:
    words = {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
        503: "UNAVAILABLE",
        529: "UNKNOWN",
    }
    for status in bench.STATUSES:
        error = bench.expect_raises(
            errors.ClientError if status < 500 else errors.ServerError,
            lambda: client.models.generate_content(model=name(target, f"status-{status}"), contents="ping"),
        )
        assert (error.code, error.status) == (status, words[status]), (status, error)
        assert bench.SCRIPTED in error.message, (status, error)


def tokens_are_counted(target: str) -> None:
    assert client.models.count_tokens(model=name(target), contents="ping").total_tokens > 0


def models_are_listed(target: str) -> None:
    names = [model.name for model in client.models.list()]
    assert name(target) in names, names


def an_unknown_model_is_not_found(target: str) -> None:
    error = bench.expect_raises(
        errors.ClientError,
        lambda: client.models.generate_content(model=name(target, "nope"), contents="ping"),
    )
    assert (error.code, error.status) == (404, "NOT_FOUND"), error


def broken_streams_do_not_look_whole(target: str) -> None:
    """The SDK raises on an error object inside the stream."""
    for model in ("cut", "error-event"):
        seen = []

        def read() -> None:
            for chunk in client.models.generate_content_stream(model=name(target, model), contents="ping"):
                seen.append(chunk)

        bench.expect_raises(errors.APIError, read)
        assert seen, f"{model}: nothing came before the failure"
        assert all(not chunk.candidates[0].finish_reason for chunk in seen), (model, seen)


bench.run(
    [
        whole_text,
        streamed_text,
        tool_loop,
        automatic_function_calling,
        automatic_function_calling_over_a_stream,
        a_chat_with_two_turns,
        structured_output,
        errors_raise_their_classes,
        tokens_are_counted,
        models_are_listed,
    ],
    [an_unknown_model_is_not_found, broken_streams_do_not_look_whole],
)
