// The `openai` package in chat completions, over every upstream dialect.
import assert from "node:assert/strict";
import {
  CITY, TOOLS, apiKey, callToolWithJson, expectErrorClasses, expectResults, expectUsage, load, modelName, origin,
  rejection, run, timeout,
} from "./bench.mjs";

const OpenAI = load("openai");
const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0, timeout });
const ping = [{ role: "user", content: "ping" }];
const question = { role: "user", content: "What is it like there?" };
const tools = Object.entries(TOOLS).map(([name, { schema }]) => ({
  type: "function",
  function: { name, description: name, parameters: schema, strict: true },
}));

function expectChatUsage(usage) {
  expectUsage(usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
}

async function wholeText(target) {
  const answer = await client.chat.completions.create({ model: modelName(target), messages: ping });
  assert.equal(answer.choices[0].message.content, "You said: ping");
  assert.equal(answer.choices[0].finish_reason, "stop");
  expectChatUsage(answer.usage);
}

async function streamedText(target) {
  const body = { model: modelName(target), messages: ping, stream: true, stream_options: { include_usage: true } };
  const chunks = [];
  for await (const chunk of await client.chat.completions.create(body)) chunks.push(chunk);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  assert.equal(text, "You said: ping");
  assert.deepEqual(chunks.at(-1).choices, []);
  expectChatUsage(chunks.at(-1).usage);
}

function answerCalls(messages, calls) {
  for (const call of calls) {
    const content = callToolWithJson(call.function.name, call.function.arguments);
    messages.push({ role: "tool", tool_call_id: call.id, content });
  }
}

async function toolLoop(target) {
  const messages = [question];
  for (let round = 0; ; round += 1) {
    const answer = await client.chat.completions.create({ model: modelName(target), messages, tools });
    const { message } = answer.choices[0];
    if (!message.tool_calls) return expectResults(message.content);
    assert.equal(message.tool_calls.length, round === 0 ? 2 : 1);
    messages.push(message);
    answerCalls(messages, message.tool_calls);
  }
}

async function toolLoopThroughTheStreamHelper(target) {
  const messages = [question];
  for (;;) {
    const stream = client.chat.completions.stream({ model: modelName(target), messages, tools });
    const { message } = (await stream.finalChatCompletion()).choices[0];
    if (!message.tool_calls?.length) return expectResults(message.content);
    messages.push(message);
    answerCalls(messages, message.tool_calls);
  }
}

async function runToolsHelper(target) {
  const runnable = Object.entries(TOOLS).map(([name, { schema, run: act }]) => ({
    type: "function",
    function: { name, description: name, parameters: schema, parse: JSON.parse, function: act },
  }));
  const runner = client.chat.completions.runTools({ model: modelName(target), messages: [question], tools: runnable });
  expectResults(await runner.finalContent());
}

async function structuredOutput(target) {
  const format = { type: "json_schema", json_schema: { name: "city", schema: CITY, strict: true } };
  const answer = await client.chat.completions.parse({ model: modelName(target), messages: ping, response_format: format });
  assert.deepEqual(JSON.parse(answer.choices[0].message.content), { city: "Oslo", degrees: 7 });
}

async function errorsAreInstancesOfTheirClasses(target) {
  await expectErrorClasses(OpenAI, target, (model) => client.chat.completions.create({ model, messages: ping }));
}

async function anUnknownModelIsNotFound(target) {
  const error = await rejection(() => client.chat.completions.create({ model: modelName(target, "nope"), messages: ping }));
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
  assert.equal(error.code, "model_not_found");
}

async function brokenStreamsThrow(target) {
  for (const name of ["cut", "error-event"]) {
    let seen = 0;
    const error = await rejection(async () => {
      const stream = await client.chat.completions.create({ model: modelName(target, name), messages: ping, stream: true });
      for await (const _ of stream) seen += 1;
    });
    assert.ok(error instanceof OpenAI.APIError, `${name}: ${error}`);
    assert.ok(seen > 0, `${name}: nothing came before the failure`);
  }
}

await run(
  [
    wholeText, streamedText, toolLoop, toolLoopThroughTheStreamHelper, runToolsHelper, structuredOutput,
    errorsAreInstancesOfTheirClasses,
  ],
  [anUnknownModelIsNotFound, brokenStreamsThrow],
);
