// The `@google/genai` package, over every upstream dialect.
import assert from "node:assert/strict";
import {
  CITY, SCRIPTED, STATUSES, TOOLS, apiKey, callTool, expectResults, expectUsage, load, modelName, origin, rejection, run,
  timeout,
} from "./bench.mjs";

const { ApiError, GoogleGenAI } = load("@google/genai");
const apiVersion = process.env.GEMINI_VERSION ?? "v1beta";
const client = new GoogleGenAI({ apiKey, vertexai: false, apiVersion, httpOptions: { baseUrl: origin, apiVersion, timeout } });
const question = "What is it like there?";
const tools = [
  {
    functionDeclarations: Object.entries(TOOLS).map(([name, { schema }]) => ({
      name, description: name, parametersJsonSchema: schema,
    })),
  },
];
// The SDK takes what follows the first slash for a path of its own unless `models/` comes first.
const path = (target, name = "agent") => `models/${modelName(target, name)}`;

// The SDK's automatic calling takes tools that can be called.
const callable = {
  tool: async () => tools[0],
  callTool: async (calls) =>
    calls.map(({ id, name, args }) => ({ functionResponse: { id, name, response: { output: callTool(name, args) } } })),
};

function expectGeminiUsage(usage) {
  const output = usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0);
  expectUsage(usage.promptTokenCount, output, usage.cachedContentTokenCount);
  assert.equal(usage.totalTokenCount, usage.promptTokenCount + output);
}

async function wholeText(target) {
  const answer = await client.models.generateContent({ model: path(target), contents: "ping" });
  assert.equal(answer.text, "You said: ping");
  assert.equal(answer.candidates[0].finishReason, "STOP");
  expectGeminiUsage(answer.usageMetadata);
}

async function streamedText(target) {
  const chunks = [];
  for await (const chunk of await client.models.generateContentStream({ model: path(target), contents: "ping" })) {
    chunks.push(chunk);
  }
  assert.equal(chunks.map((chunk) => chunk.text ?? "").join(""), "You said: ping");
  assert.equal(chunks.at(-1).candidates[0].finishReason, "STOP");
  expectGeminiUsage(chunks.at(-1).usageMetadata);
}

async function toolLoop(target) {
  const contents = [{ role: "user", parts: [{ text: question }] }];
  for (let round = 0; ; round += 1) {
    const answer = await client.models.generateContent({ model: path(target), contents, config: { tools } });
    const calls = answer.functionCalls ?? [];
    if (!calls.length) return expectResults(answer.text);
    assert.equal(calls.length, round === 0 ? 2 : 1);
    contents.push(answer.candidates[0].content, { role: "user", parts: await callable.callTool(calls) });
  }
}

async function toolLoopOverStreams(target) {
  const contents = [{ role: "user", parts: [{ text: question }] }];
  for (;;) {
    const parts = [];
    const stream = await client.models.generateContentStream({ model: path(target), contents, config: { tools } });
    for await (const chunk of stream) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    const calls = parts.filter((part) => part.functionCall).map((part) => part.functionCall);
    if (!calls.length) return expectResults(parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join(""));
    contents.push({ role: "model", parts }, { role: "user", parts: await callable.callTool(calls) });
  }
}

async function automaticFunctionCalling(target) {
  const config = { tools: [callable] };
  const answer = await client.models.generateContent({ model: path(target), contents: question, config });
  expectResults(answer.text);
}

async function structuredOutput(target) {
  const config = { responseMimeType: "application/json", responseJsonSchema: CITY };
  const answer = await client.models.generateContent({ model: path(target), contents: "ping", config });
  assert.deepEqual(JSON.parse(answer.text), { city: "Oslo", degrees: 7 });
}

async function errorsAreApiErrors(target) {
  for (const status of STATUSES) {
    const body = { model: path(target, `status-${status}`), contents: "ping" };
    const error = await rejection(() => client.models.generateContent(body));
    assert.ok(error instanceof ApiError, `${status}: ${error}`);
    assert.equal(error.status, status);
    assert.ok(error.message.includes(SCRIPTED), error.message);
  }
}

async function tokensAreCounted(target) {
  const count = await client.models.countTokens({ model: path(target), contents: "ping" });
  assert.ok(count.totalTokens > 0);
}

async function anUnknownModelIsNotFound(target) {
  const error = await rejection(() => client.models.generateContent({ model: path(target, "nope"), contents: "ping" }));
  assert.ok(error instanceof ApiError && error.status === 404, String(error));
}

async function brokenStreamsThrow(target) {
  for (const name of ["cut", "error-event"]) {
    const seen = [];
    const error = await rejection(async () => {
      const body = { model: path(target, name), contents: "ping" };
      for await (const chunk of await client.models.generateContentStream(body)) seen.push(chunk);
    });
    assert.ok(error instanceof ApiError, `${name}: ${error}`);
    assert.ok(seen.length > 0 && seen.every((chunk) => !chunk.candidates?.[0]?.finishReason), name);
  }
}

await run(
  [
    wholeText, streamedText, toolLoop, toolLoopOverStreams, automaticFunctionCalling, structuredOutput, errorsAreApiErrors,
    tokensAreCounted,
  ],
  [anUnknownModelIsNotFound, brokenStreamsThrow],
);
