// The official Node SDK of OpenAI against a gateway: `BASE_URL` and `API_KEY` come from the Rust test.
// Plain assertions; the first that fails ends the script with a stack trace, which the Rust test shows.
// The package is loaded from the directory that `install.sh` filled: `SDK_DIR`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.SDK_DIR, "package.json"));
const OpenAI = require("openai");
const { BASE_URL, API_KEY } = process.env;
const messages = [{ role: "user", content: "ping" }];
const client = new OpenAI({ baseURL: BASE_URL, apiKey: API_KEY, maxRetries: 0, timeout: 20_000 });

async function wholeAnswersAreRead(model, text) {
  const answer = await client.chat.completions.create({ model, messages });
  assert.ok(answer.choices[0].message.content.includes(text), JSON.stringify(answer));
  assert.ok(answer.usage.total_tokens > 0);
  assert.ok(answer._request_id, "the SDK found no request id");
}

async function streamsAreRead(model, text) {
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let content = "";
  for await (const chunk of stream) content += chunk.choices[0].delta.content ?? "";
  assert.ok(content.includes(text), content);
}

async function streamsWithUsageEndWithIt(model) {
  const body = { model, messages, stream: true, stream_options: { include_usage: true } };
  let last;
  for await (const chunk of await client.chat.completions.create(body)) last = chunk;
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.total_tokens > 0);
}

async function vectorsAreRead(model, length) {
  const answer = await client.embeddings.create({ model, input: "text" });
  assert.equal(answer.data[0].embedding.length, length);
  const floats = await client.embeddings.create({ model, input: "text", encoding_format: "float" });
  const near = (number, index) => Math.abs(number - answer.data[0].embedding[index]) < 1e-6;
  assert.ok(floats.data[0].embedding.every(near), "base64 carries 32 bits");
}

async function modelsAreListedAndRetrieved() {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.ok(ids.includes("openai/gpt-4o") && ids.includes("demo/echo"), ids.join());
  const model = await client.models.retrieve("openai/gpt-4o");
  assert.equal(model.owned_by, "openai");
}

async function errorsAreInstancesOfTheirClasses() {
  const table = [
    ["openai/status-400", OpenAI.BadRequestError, 400],
    ["openai/status-401", OpenAI.AuthenticationError, 401],
    ["openai/status-403", OpenAI.PermissionDeniedError, 403],
    ["nope", OpenAI.NotFoundError, 404],
    ["openai/status-422", OpenAI.UnprocessableEntityError, 422],
    ["openai/status-429", OpenAI.RateLimitError, 429],
    ["openai/status-500", OpenAI.InternalServerError, 500],
    ["openai/status-503", OpenAI.InternalServerError, 503],
    ["demo/error-429", OpenAI.RateLimitError, 429],
  ];
  for (const [model, expected, status] of table) {
    const error = await client.chat.completions.create({ model, messages }).then(
      () => assert.fail(`${model} raised nothing`),
      (error) => error,
    );
    assert.ok(error instanceof expected, `${model}: ${error}`);
    assert.equal(error.status, status);
    assert.ok(error.requestID, `${model}: no request id`);
  }
  const stranger = new OpenAI({ baseURL: BASE_URL, apiKey: "wrong", maxRetries: 0 });
  await assert.rejects(async () => await stranger.models.list(), OpenAI.AuthenticationError);
}

async function aCutStreamRaises() {
  for (const model of ["openai/cut", "demo/cut"]) {
    let seen = 0;
    const read = async () => {
      for await (const _ of await client.chat.completions.create({ model, messages, stream: true })) seen += 1;
    };
    await assert.rejects(read, OpenAI.APIError, `${model}: a cut stream looked like a whole one`);
    assert.ok(seen > 0);
  }
}

async function responsesShowTheRequestId() {
  const options = { headers: { "X-Request-ID": "sdk-node-1" } };
  const call = client.chat.completions.create({ model: "gpt-4o", messages }, options);
  const { data, response, request_id } = await call.withResponse();
  assert.equal(request_id, "sdk-node-1");
  assert.equal(response.headers.get("x-gomodel-provider"), "openai");
  assert.equal(data.choices[0].message.content, "pong");
}

async function anAbortedStreamIsNoError() {
  const stream = await client.chat.completions.create({ model: "demo/story", messages, stream: true });
  for await (const _ of stream) break;
  stream.controller.abort();
}

await wholeAnswersAreRead("gpt-4o", "pong");
await wholeAnswersAreRead("demo/echo", "ping");
await streamsAreRead("gpt-4o", "pong");
await streamsAreRead("demo/echo", "ping");
await streamsWithUsageEndWithIt("gpt-4o");
await vectorsAreRead("text-embedding-3-small", 2);
await vectorsAreRead("demo/embed", 64);
await modelsAreListedAndRetrieved();
await errorsAreInstancesOfTheirClasses();
await aCutStreamRaises();
await responsesShowTheRequestId();
await anAbortedStreamIsNoError();
console.log("node sdk ok");
