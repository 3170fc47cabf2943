"""The OpenAI Agents SDK in an agent loop with two tools, in Responses and in chat completions, over every upstream dialect."""

import asyncio
import os

import bench
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pydantic import BaseModel

set_tracing_disabled(True)
QUESTION = "What is it like there?"
STATELESS = ModelSettings(store=False, response_include=["reasoning.encrypted_content"])


class City(BaseModel):
    city: str
    degrees: int


def client() -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=f"{bench.ORIGIN}/v1", api_key=bench.API_KEY, max_retries=0, timeout=bench.TIMEOUT_SECONDS
    )


def over_responses(target: str, **members) -> Agent:
    model = OpenAIResponsesModel(model=bench.model(target), openai_client=client())
    return Agent(name="Scout", instructions="Be brief.", model=model, model_settings=STATELESS, **members)


def over_chat(target: str, **members) -> Agent:
    """In this mode the SDK sends no thinking blocks back, so the upstream must be one that can do without."""
    name = bench.model(target, "agent-forgetful")
    model = OpenAIChatCompletionsModel(model=name, openai_client=client())
    return Agent(name="Scout", instructions="Be brief.", model=model, **members)


def tools() -> list:
    return [function_tool(bench.weather), function_tool(bench.clock)]


async def finished(agent: Agent) -> str:
    result = await Runner.run(agent, QUESTION, run_config=RunConfig(tracing_disabled=True))
    return result.final_output


async def streamed(agent: Agent) -> str:
    result = Runner.run_streamed(agent, QUESTION, run_config=RunConfig(tracing_disabled=True))
    kinds = [event.type async for event in result.stream_events()]
    assert "raw_response_event" in kinds and "run_item_stream_event" in kinds, kinds
    return result.final_output


def a_loop_over_responses(target: str) -> None:
    bench.expect_results(asyncio.run(finished(over_responses(target, tools=tools()))))


def a_streamed_loop_over_responses(target: str) -> None:
    bench.expect_results(asyncio.run(streamed(over_responses(target, tools=tools()))))


def a_loop_over_chat(target: str) -> None:
    bench.expect_results(asyncio.run(finished(over_chat(target, tools=tools()))))


def a_streamed_loop_over_chat(target: str) -> None:
    bench.expect_results(asyncio.run(streamed(over_chat(target, tools=tools()))))


def an_output_type_over_responses(target: str) -> None:
    assert asyncio.run(finished(over_responses(target, output_type=City))) == City(city="Oslo", degrees=7)


def an_output_type_over_chat(target: str) -> None:
    assert asyncio.run(finished(over_chat(target, output_type=City))) == City(city="Oslo", degrees=7)


RESPONSES = [a_loop_over_responses, a_streamed_loop_over_responses, an_output_type_over_responses]
CHAT = [a_loop_over_chat, a_streamed_loop_over_chat, an_output_type_over_chat]
ONLY = {"chat": CHAT, "responses": RESPONSES}
bench.run(ONLY.get(os.environ.get("NATIVE", ""), RESPONSES + CHAT), [])
