// The `@anthropic-ai/sdk` package, over every upstream dialect.
import assert from "node:assert/strict";
import {
  CITY, TOOLS, apiKey, behindGateway, callTool, expectErrorClasses, expectResults, load, modelName, origin, rejection,
  run, timeout,
} from "./bench.mjs";

const Anthropic = load("@anthropic-ai/sdk");
const { betaTool } = load("@anthropic-ai/sdk/helpers/beta/json-schema");
const { jsonSchemaOutputFormat } = load("@anthropic-ai/sdk/helpers/json-schema");
const client = new Anthropic({ baseURL: origin, apiKey, maxRetries: 0, timeout });
const ping = [{ role: "user", content: "ping" }];
const question = { role: "user", content: "What is it like there?" };
const tools = Object.entries(TOOLS).map(([name, { schema }]) => ({ name, description: name, input_schema: schema }));
const runnable = Object.entries(TOOLS).map(([name, { schema, run: act }]) =>
  betaTool({ name, description: name, inputSchema: schema, run: act }),
);
const max_tokens = 1024;

const textOf = (message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

async function wholeText(target) {
  const message = await client.messages.create({ model: modelName(target), max_tokens, messages: ping });
  assert.equal(textOf(message), "You said: ping");
  assert.equal(message.stop_reason, "end_turn");
  const { usage } = message;
  assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens], [20, 12, 100]);
  assert.ok(message._request_id, "the SDK found no request-id");
}

async function streamedText(target) {
  const stream = client.messages.stream({ model: modelName(target), max_tokens, messages: ping });
  const pieces = [];
  stream.on("text", (text) => pieces.push(text));
  const message = await stream.finalMessage();
  assert.equal(pieces.join(""), "You said: ping");
  assert.equal(textOf(message), "You said: ping");
  assert.equal(message.usage.output_tokens, 12);
}

async function toolLoop(target) {
  const messages = [question];
  for (let round = 0; ; round += 1) {
    const message = await client.messages.create({ model: modelName(target), max_tokens, messages, tools });
    const calls = message.content.filter((block) => block.type === "tool_use");
    if (!calls.length) return expectResults(textOf(message));
    assert.equal(calls.length, round === 0 ? 2 : 1);
    messages.push({ role: "assistant", content: message.content });
    const results = calls.map(({ id, name, input }) => ({
      type: "tool_result", tool_use_id: id, content: callTool(name, input),
    }));
    messages.push({ role: "user", content: results });
  }
}

async function toolLoopThroughTheStreamHelper(target) {
  const messages = [question];
  for (;;) {
    const message = await client.messages
      .stream({ model: modelName(target), max_tokens, messages, tools })
      .finalMessage();
    const calls = message.content.filter((block) => block.type === "tool_use");
    if (!calls.length) return expectResults(textOf(message));
    messages.push({ role: "assistant", content: message.content });
    const results = calls.map(({ id, name, input }) => ({
      type: "tool_result", tool_use_id: id, content: [{ type: "text", text: callTool(name, input) }],
    }));
    messages.push({ role: "user", content: results });
  }
}

async function toolRunner(target) {
  const body = { model: modelName(target), max_tokens, messages: [question], tools: runnable };
  expectResults(textOf(await client.beta.messages.toolRunner(body)));
}

async function toolRunnerOverStreams(target) {
  const body = { model: modelName(target), max_tokens, messages: [question], tools: runnable, stream: true };
  const runner = client.beta.messages.toolRunner(body);
  let last;
  for await (const stream of runner) last = await stream.finalMessage();
  expectResults(textOf(last));
}

async function structuredOutput(target) {
  const format = jsonSchemaOutputFormat(CITY);
  const body = { model: modelName(target), max_tokens, messages: ping, output_config: { format } };
  const message = await client.messages.parse(body);
  assert.deepEqual(message.parsed_output, { city: "Oslo", degrees: 7 });
}

async function errorsAreInstancesOfTheirClasses(target) {
  const errors = await expectErrorClasses(Anthropic, target, (model) => client.messages.create({ model, max_tokens, messages: ping }));
  for (const error of errors) {
    if (behindGateway) assert.ok(error.requestID, `${error.status}: no request-id`);
  }
}

async function tokensAreCounted(target) {
  const count = await client.messages.countTokens({ model: modelName(target), messages: ping });
  assert.ok(count.input_tokens > 0);
}

async function anUnknownModelIsNotFound(target) {
  const body = { model: modelName(target, "nope"), max_tokens, messages: ping };
  const error = await rejection(() => client.messages.create(body));
  assert.ok(error instanceof Anthropic.NotFoundError, String(error));
}

async function brokenStreamsThrow(target) {
  for (const name of ["cut", "error-event"]) {
    const seen = [];
    const error = await rejection(async () => {
      const body = { model: modelName(target, name), max_tokens, messages: ping, stream: true };
      for await (const event of await client.messages.create(body)) seen.push(event.type);
    });
    assert.ok(error instanceof Anthropic.APIError, `${name}: ${error}`);
    assert.ok(seen.includes("content_block_delta") && !seen.includes("message_stop"), `${name}: ${seen}`);
  }
}

await run(
  [
    wholeText, streamedText, toolLoop, toolLoopThroughTheStreamHelper, toolRunner, toolRunnerOverStreams, structuredOutput,
    errorsAreInstancesOfTheirClasses, tokensAreCounted,
  ],
  [anUnknownModelIsNotFound, brokenStreamsThrow],
);
