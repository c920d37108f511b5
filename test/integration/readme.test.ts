// Every command of the README, run as it is printed there, in a fresh copy of the checkout without node_modules.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { withSandbox } from "../support/daemon.ts";
import { CHECKOUT, sandboxObstacle } from "../support/sandbox.ts";
import { TINY_BANNER } from "../support/tiny-guest.ts";
import { Virsh } from "../support/virsh.ts";

const run = promisify(execFile);
const skip = sandboxObstacle() ?? false;
const LIMIT = 5 * 60_000;

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown text that say their language. */
function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** A copy of what git knows of the checkout, as a clone would have it. */
async function copyCheckout(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tsvirt-readme-"));
  await chmod(directory, 0o755);
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: CHECKOUT,
  });
  for (const path of stdout.split("\0").filter((name) => name !== "")) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await cp(join(CHECKOUT, path), join(directory, path), { verbatimSymlinks: true }).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    });
  }
  return directory;
}

test("every command of the README works as printed", { skip }, async (context) => {
  const blocks = blocksOf(await readFile(join(CHECKOUT, "README.md"), "utf8"));
  assert.ok(blocks.filter(({ language }) => language === "sh").length >= 4, "the README has commands");
  const copy = await copyCheckout();
  try {
    await withSandbox(context, async (sandbox) => {
      const inside = async (commands: string): Promise<string> => {
        const script = `cd ${copy}\nset -e\n${commands}`;
        return sandbox.output(["bash", "-c", script], { signal: AbortSignal.timeout(LIMIT) });
      };
      for (const { language, text } of blocks) {
        if (language === "js") {
          await writeFile(join(copy, "readme.ts"), text);
          assert.match(await inside("node --import tsx readme.ts"), /demo has shut down/);
          // The next block does the same with the file that the README names.
          await inside("virsh -q start demo --paused");
          const virsh = new Virsh(sandbox);
          await using console = await virsh.console("demo");
          await virsh.run("resume", "demo");
          // Before that it would not notice its power button.
          await console.text.find(new RegExp(TINY_BANNER));
          continue;
        }
        assert.equal(language, "sh", "a language this test knows");
        for (const line of text.split("\n").filter((command) => command !== "")) {
          if (line === "npm test") continue; // That is what is running.
          if (line.startsWith("npm ")) {
            // npm needs the machine's network, which the sandbox has not.
            const { stdout } = await run("bash", ["-c", line], { cwd: copy, timeout: LIMIT });
            if (line === "npm start") assert.match(stdout, /nothing is left behind/);
          } else {
            context.diagnostic(`${line}: ${(await inside(line)).split("\n", 1)[0]}`);
          }
        }
      }
    });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
