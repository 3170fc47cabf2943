// What the SDK scripts share: where the gateway is, which models to ask, the two tools, and the runner.
//
// `GATEWAY` is the origin of what is tested, `TARGETS` the instances behind it, one per dialect. Empty `TARGETS` means that the
// agent upstream itself is tested, without a gateway: then models have bare names, and only what a provider does is checked.
// Packages are loaded from the directory that `install.sh` filled: `SDK_DIR`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

export const load = createRequire(join(process.env.SDK_DIR, "package.json"));
export const origin = process.env.GATEWAY;
export const apiKey = process.env.API_KEY ?? "unused";
export const timeout = 20_000;
const targets = (process.env.TARGETS ?? "").split(",").filter(Boolean);
export const behindGateway = targets.length > 0;

// What the agent upstreams answer; `tests/src/upstream/agent` owns these words.
export const SCRIPTED = "scripted by the agent";
const RESULTS = [
  "7 degrees in Oslo",
  "12:00 in Europe/Oslo",
  '12:00 in Bergen "by" night',
  "7 degrees in Tromsø",
];
// Errors by model, and the status that the caller sees.
export const STATUSES = [400, 401, 403, 404, 429, 500, 503, 529];

export const modelName = (target, name = "agent") => (target ? `${target}/${name}` : name);

const object = (name, description) => ({
  type: "object",
  properties: { [name]: { type: "string", description } },
  required: [name],
  additionalProperties: false,
});

// In the order in which every request declares them.
export const TOOLS = {
  weather: { schema: object("city", "The name of the city."), run: ({ city }) => `7 degrees in ${city}` },
  clock: { schema: object("zone", "The name of the time zone."), run: ({ zone }) => `12:00 in ${zone}` },
};

export const CITY = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

export const callTool = (name, input) => TOOLS[name].run(input);
export const callToolWithJson = (name, text) => callTool(name, JSON.parse(text));

// A provider package may wrap results in JSON, which escapes their quotes.
export function expectResults(answer) {
  const text = answer.replaceAll('\\"', '"');
  assert.ok(text.startsWith("Done after 3 rounds"), text);
  for (const result of RESULTS) assert.ok(text.includes(result), `${result} is missing in ${text}`);
}

// Input inclusive of the cache: 120, or 127 where 7 were also written to it.
export function expectUsage(input, output, cached) {
  assert.ok([120, 127].includes(input), `input tokens: ${input}`);
  assert.deepEqual([output, cached], [12, 100]);
}

export async function rejection(act) {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

/** Each status rejects with the class that the SDK has for it, with the upstream's words. Returns them. */
export async function expectErrorClasses(sdk, target, call) {
  const classes = {
    400: sdk.BadRequestError,
    401: sdk.AuthenticationError,
    403: sdk.PermissionDeniedError,
    404: sdk.NotFoundError,
    429: sdk.RateLimitError,
  };
  const errors = [];
  for (const status of STATUSES) {
    const error = await rejection(() => call(modelName(target, `status-${status}`)));
    assert.ok(error instanceof (classes[status] ?? sdk.InternalServerError), `${status}: ${error}`);
    assert.equal(error.status, status);
    assert.ok(error.message.includes(SCRIPTED), error.message);
    errors.push(error);
  }
  return errors;
}

// Runs each check over each target, reports all that fail, and exits accordingly.
export async function run(checks, gatewayChecks = []) {
  let failures = 0;
  for (const check of behindGateway ? [...checks, ...gatewayChecks] : checks) {
    for (const target of behindGateway ? targets : [""]) {
      try {
        await check(target);
      } catch (error) {
        failures += 1;
        console.error(`--- ${check.name} over ${target || "the upstream itself"}`);
        console.error(error);
      }
    }
  }
  if (failures) {
    console.error(`${failures} checks failed`);
    process.exit(1);
  }
  console.log("ok", process.argv[1]);
}
