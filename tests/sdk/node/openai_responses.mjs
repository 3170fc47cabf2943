// The `openai` package in Responses, over every upstream dialect, stateless: encrypted reasoning comes back.
import assert from "node:assert/strict";
import {
  CITY, TOOLS, apiKey, callToolWithJson, expectErrorClasses, expectResults, expectUsage, load, modelName, origin,
  rejection, run, timeout,
} from "./bench.mjs";

const OpenAI = load("openai");
const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0, timeout });
const question = { role: "user", content: "What is it like there?" };
const tools = Object.entries(TOOLS).map(([name, { schema }]) => ({
  type: "function", name, description: name, parameters: schema, strict: true,
}));
const stateless = { store: false, include: ["reasoning.encrypted_content"] };

function expectResponseUsage(usage) {
  expectUsage(usage.input_tokens, usage.output_tokens, usage.input_tokens_details.cached_tokens);
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
}

async function wholeText(target) {
  const answer = await client.responses.create({ model: modelName(target), input: "ping", store: false });
  assert.equal(answer.output_text, "You said: ping");
  assert.equal(answer.status, "completed");
  expectResponseUsage(answer.usage);
}

async function streamedText(target) {
  const stream = await client.responses.create({ model: modelName(target), input: "ping", store: false, stream: true });
  const events = [];
  for await (const event of stream) events.push(event);
  const types = events.map((event) => event.type);
  assert.deepEqual(types.slice(0, 2), ["response.created", "response.in_progress"]);
  assert.equal(types.at(-1), "response.completed");
  const deltas = events.filter((event) => event.type === "response.output_text.delta");
  assert.equal(deltas.map((event) => event.delta).join(""), "You said: ping");
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, index) => index));
  expectResponseUsage(events.at(-1).response.usage);
}

function answerCalls(items, output) {
  const calls = output.filter((item) => item.type === "function_call");
  for (const call of calls) {
    const result = callToolWithJson(call.name, call.arguments);
    items.push({ type: "function_call_output", call_id: call.call_id, output: result });
  }
  return calls.length;
}

async function toolLoop(target) {
  const input = [question];
  for (let round = 0; ; round += 1) {
    const answer = await client.responses.create({ model: modelName(target), input, tools, ...stateless });
    input.push(...answer.output);
    const count = answerCalls(input, answer.output);
    if (!count) return expectResults(answer.output_text);
    assert.equal(count, round === 0 ? 2 : 1);
  }
}

async function toolLoopThroughTheStreamHelper(target) {
  const input = [question];
  for (;;) {
    const stream = client.responses.stream({ model: modelName(target), input, tools, ...stateless });
    const answer = await stream.finalResponse();
    input.push(...answer.output.map(({ parsed_arguments: _, ...item }) => item));
    if (!answerCalls(input, answer.output)) return expectResults(answer.output_text);
  }
}

async function structuredOutput(target) {
  const text = { format: { type: "json_schema", name: "city", schema: CITY, strict: true } };
  const answer = await client.responses.parse({ model: modelName(target), input: "ping", store: false, text });
  assert.deepEqual(answer.output_parsed, { city: "Oslo", degrees: 7 });
}

async function errorsAreInstancesOfTheirClasses(target) {
  await expectErrorClasses(OpenAI, target, (model) => client.responses.create({ model, input: "ping" }));
}

async function anUnknownModelIsNotFound(target) {
  const error = await rejection(() => client.responses.create({ model: modelName(target, "nope"), input: "ping" }));
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
}

async function brokenStreamsEndAsFailed(target) {
  for (const name of ["cut", "error-event"]) {
    const events = [];
    const stream = await client.responses.create({ model: modelName(target, name), input: "ping", stream: true });
    for await (const event of stream) events.push(event);
    assert.equal(events.at(-1).type, "response.failed", name);
    assert.ok(events.at(-1).response.error.message, name);
  }
}

await run(
  [
    wholeText, streamedText, toolLoop, toolLoopThroughTheStreamHelper, structuredOutput, errorsAreInstancesOfTheirClasses,
  ],
  [anUnknownModelIsNotFound, brokenStreamsEndAsFailed],
);
