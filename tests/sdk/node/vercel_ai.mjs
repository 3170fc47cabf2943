// Vercel's `ai` with the providers of every client dialect, over every upstream dialect.
import assert from "node:assert/strict";
import {
  CITY, SCRIPTED, TOOLS, apiKey, behindGateway, expectResults, load, modelName, origin, rejection, run,
} from "./bench.mjs";

const { APICallError, Output, generateText, jsonSchema, stepCountIs, streamText, tool } = load("ai");
const openai = load("@ai-sdk/openai").createOpenAI({ baseURL: `${origin}/v1`, apiKey });
const anthropic = load("@ai-sdk/anthropic").createAnthropic({ baseURL: `${origin}/v1`, apiKey });
const google = load("@ai-sdk/google").createGoogleGenerativeAI({
  baseURL: `${origin}/${process.env.GEMINI_VERSION ?? "v1beta"}`, apiKey,
});
const compatible = load("@ai-sdk/openai-compatible").createOpenAICompatible({
  name: "gateway", baseURL: `${origin}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true,
});

// How each provider package names a model, the dialect that it speaks, and what a loop needs. The two that speak chat
// completions send no thinking back, so the model must be one that can do without.
const stateless = { openai: { store: false, include: ["reasoning.encrypted_content"], forceReasoning: true } };
const PROVIDERS = [
  { name: "openai.responses", dialect: "responses", model: (id) => openai.responses(id), loop: "agent", options: stateless },
  { name: "openai.chat", dialect: "chat", model: (id) => openai.chat(id), loop: "agent-forgetful" },
  { name: "openai-compatible", dialect: "chat", model: (id) => compatible(id), loop: "agent-forgetful" },
  { name: "anthropic", dialect: "messages", model: (id) => anthropic(id), loop: "agent" },
  { name: "google", dialect: "gemini", model: (id) => google(`models/${id}`), loop: "agent" },
].filter(({ dialect }) => behindGateway || dialect === process.env.NATIVE);

const tools = Object.fromEntries(
  Object.entries(TOOLS).map(([name, { schema, run: execute }]) => [
    name, tool({ description: name, inputSchema: jsonSchema(schema), execute }),
  ]),
);
const maxRetries = 0;

const perProvider = (check) => {
  const over = async (target) => {
    for (const provider of PROVIDERS) {
      try {
        await check(provider, target);
      } catch (error) {
        throw new Error(`with ${provider.name}`, { cause: error });
      }
    }
  };
  Object.defineProperty(over, "name", { value: check.name });
  return over;
};

async function wholeText({ model, options }, target) {
  const answer = await generateText({
    model: model(modelName(target)), prompt: "ping", maxRetries, providerOptions: options,
  });
  assert.equal(answer.text, "You said: ping");
  assert.equal(answer.finishReason, "stop");
  assert.ok([120, 127].includes(answer.usage.inputTokens), JSON.stringify(answer.usage));
  assert.equal(answer.usage.outputTokens, 12);
}

async function streamedText({ model, options }, target) {
  const stream = streamText({
    model: model(modelName(target)), prompt: "ping", maxRetries, providerOptions: options, onError: () => {},
  });
  const pieces = [];
  for await (const piece of stream.textStream) pieces.push(piece);
  assert.equal(pieces.join(""), "You said: ping");
  assert.equal(await stream.finishReason, "stop");
  assert.equal((await stream.usage).outputTokens, 12);
}

async function toolLoop({ model, loop, options }, target) {
  const answer = await generateText({
    model: model(modelName(target, loop)), prompt: "What is it like there?", tools, stopWhen: stepCountIs(5), maxRetries,
    providerOptions: options,
  });
  expectResults(answer.text);
  assert.equal(answer.steps.length, 4);
  assert.equal(answer.steps[0].toolCalls.length, 2);
}

async function toolLoopOverStreams({ model, loop, options }, target) {
  let failure;
  const stream = streamText({
    model: model(modelName(target, loop)), prompt: "What is it like there?", tools, stopWhen: stepCountIs(5), maxRetries,
    providerOptions: options, onError: ({ error }) => (failure = error),
  });
  await stream.consumeStream();
  assert.equal(failure, undefined);
  expectResults(await stream.text);
}

async function structuredOutput({ model, options }, target) {
  const answer = await generateText({
    model: model(modelName(target)), prompt: "ping", maxRetries, providerOptions: options,
    output: Output.object({ schema: jsonSchema(CITY) }),
  });
  assert.deepEqual(answer.output, { city: "Oslo", degrees: 7 });
}

async function errorsAreApiCallErrors({ model }, target) {
  for (const status of [400, 401, 429, 503]) {
    const error = await rejection(() =>
      generateText({ model: model(modelName(target, `status-${status}`)), prompt: "ping", maxRetries }),
    );
    assert.ok(APICallError.isInstance(error), `${status}: ${error}`);
    assert.equal(error.statusCode, status);
    assert.ok(error.message.includes(SCRIPTED), error.message);
    assert.equal(error.isRetryable, status === 429 || status === 503);
  }
}

async function brokenStreamsAreErrors({ model }, target) {
  for (const name of ["cut", "error-event"]) {
    let failure;
    const stream = streamText({
      model: model(modelName(target, name)), prompt: "ping", maxRetries, onError: ({ error }) => (failure = error),
    });
    await stream.consumeStream({ onError: (error) => (failure ??= error) });
    const reason = await Promise.resolve(stream.finishReason).catch(() => "error");
    assert.ok(failure !== undefined || reason === "error", `${name} looked like a whole answer: ${reason}`);
  }
}

await run(
  [wholeText, streamedText, toolLoop, toolLoopOverStreams, structuredOutput, errorsAreApiCallErrors].map(perProvider),
  [brokenStreamsAreErrors].map(perProvider),
);
