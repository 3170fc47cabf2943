"""The official Python SDK of OpenAI against a gateway: `BASE_URL` and `API_KEY` come from the Rust test.

Plain assertions; the first that fails ends the script with a traceback, which the Rust test shows.
"""

import os
import sys

import openai
from openai import OpenAI

BASE_URL = os.environ["BASE_URL"]
API_KEY = os.environ["API_KEY"]
MESSAGES = [{"role": "user", "content": "ping"}]

client = OpenAI(base_url=BASE_URL, api_key=API_KEY, max_retries=0, timeout=20)


def whole_answers_are_read(model: str, text: str) -> None:
    answer = client.chat.completions.create(model=model, messages=MESSAGES)
    assert text in answer.choices[0].message.content, answer
    assert answer.choices[0].finish_reason == "stop", answer
    assert answer.usage.total_tokens > 0, answer
    assert answer._request_id, "the SDK found no request id"


def streams_are_read(model: str, text: str) -> None:
    stream = client.chat.completions.create(model=model, messages=MESSAGES, stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert text in "".join(pieces), pieces


def streams_with_usage_end_with_it(model: str) -> None:
    stream = client.chat.completions.create(
        model=model, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0, chunks[-1]


def vectors_are_read(model: str, length: int) -> None:
    answer = client.embeddings.create(model=model, input="text")
    assert len(answer.data[0].embedding) == length, answer
    assert all(isinstance(number, float) for number in answer.data[0].embedding), answer
    floats = client.embeddings.create(model=model, input="text", encoding_format="float")
    pairs = zip(floats.data[0].embedding, answer.data[0].embedding, strict=True)
    assert all(abs(one - other) < 1e-6 for one, other in pairs), "base64 carries 32 bits"


def models_are_listed_and_retrieved() -> None:
    ids = [model.id for model in client.models.list()]
    assert "openai/gpt-4o" in ids and "demo/echo" in ids, ids
    model = client.models.retrieve("openai/gpt-4o")
    assert (model.id, model.owned_by) == ("openai/gpt-4o", "openai"), model
    assert client.models.retrieve("gpt-4o").id == "openai/gpt-4o"


def errors_raise_their_classes() -> None:
    def call(model: str) -> None:
        client.chat.completions.create(model=model, messages=MESSAGES)

    table = [
        ("openai/status-400", openai.BadRequestError, 400),
        ("openai/status-401", openai.AuthenticationError, 401),
        ("openai/status-403", openai.PermissionDeniedError, 403),
        ("nope", openai.NotFoundError, 404),
        ("openai/status-422", openai.UnprocessableEntityError, 422),
        ("openai/status-429", openai.RateLimitError, 429),
        ("openai/status-500", openai.InternalServerError, 500),
        ("openai/status-503", openai.InternalServerError, 503),
        ("demo/error-429", openai.RateLimitError, 429),
    ]
    for model, expected, status in table:
        try:
            call(model)
        except expected as error:
            assert error.status_code == status, (model, error)
            assert error.request_id, (model, "no request id")
            assert isinstance(error.body, dict) and error.body["message"], (model, error.body)
        else:
            raise AssertionError(f"{model} raised nothing")
    try:
        call("nope")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error.code


def a_wrong_key_raises_authentication_error() -> None:
    stranger = OpenAI(base_url=BASE_URL, api_key="wrong", max_retries=0)
    try:
        stranger.models.list()
    except openai.AuthenticationError as error:
        assert error.status_code == 401 and error.type == "authentication_error", error
    else:
        raise AssertionError("a wrong key raised nothing")


def a_cut_stream_raises() -> None:
    for model in ("openai/cut", "demo/cut"):
        seen = 0
        try:
            for _ in client.chat.completions.create(model=model, messages=MESSAGES, stream=True):
                seen += 1
        except openai.APIError as error:
            assert "interrupted" in str(error), error
            assert seen > 0
        else:
            raise AssertionError(f"{model}: a cut stream looked like a whole one")


def raw_responses_show_the_request_id() -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=MESSAGES, extra_headers={"X-Request-ID": "sdk-python-1"}
    )
    assert raw.headers["x-request-id"] == "sdk-python-1", raw.headers
    assert raw.headers["x-gomodel-provider"] == "openai", raw.headers
    assert raw.parse().choices[0].message.content == "pong"


def unknown_parameters_and_members_survive() -> None:
    answer = client.chat.completions.create(
        model="gpt-4o", messages=MESSAGES, extra_body={"x_unknown": {"a": 1}}, seed=7
    )
    assert answer.model_extra["provider"] == "openai", answer.model_extra


def main() -> None:
    whole_answers_are_read("gpt-4o", "pong")
    whole_answers_are_read("demo/echo", "ping")
    streams_are_read("gpt-4o", "pong")
    streams_are_read("demo/echo", "ping")
    streams_with_usage_end_with_it("gpt-4o")
    vectors_are_read("text-embedding-3-small", 2)
    vectors_are_read("demo/embed", 64)
    models_are_listed_and_retrieved()
    errors_raise_their_classes()
    a_wrong_key_raises_authentication_error()
    a_cut_stream_raises()
    raw_responses_show_the_request_id()
    unknown_parameters_and_members_survive()
    print("python sdk ok", openai.__version__)


if __name__ == "__main__":
    sys.exit(main())
