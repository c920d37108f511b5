import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const module = new URL("./fatal.ts", import.meta.url);

/** Runs a process that ends on what nobody catches, and gives its status and what it wrote. */
async function run(
  trouble: string,
  lastWords = "console.log('last words:', error.message)",
): Promise<[number, string]> {
  const script = `import { endOnUncaught } from ${JSON.stringify(module.href)};
    endOnUncaught(async (error) => { ${lastWords} }, 6);
    setInterval(() => undefined, 1000);
    ${trouble}`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL("../../../..", import.meta.url)),
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return [status ?? -1, said.trim()];
}

test("what nobody catches ends the process, once its reason is written (R7)", async () => {
  const troubles = [
    "setTimeout(() => { throw new RangeError('in a timer'); }, 1);",
    "Promise.reject(new RangeError('in a timer'));",
  ];
  for (const trouble of troubles) assert.deepEqual(await run(trouble), [6, "last words: in a timer"]);
});

test("last words that fail do not keep it alive", async () => {
  assert.deepEqual(await run("throw new RangeError('x');", "throw new RangeError('y');"), [6, ""]);
});
