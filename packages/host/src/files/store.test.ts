import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errnoNumber, SystemError } from "../errors.ts";
import { FakeFiles } from "../testing/fake-files.ts";
import { type FileChange, isTemporary, Store } from "./store.ts";

const intents = "/var/lib/intents";
const state = "/etc/state";

function filesWith(entries: Readonly<Record<string, string>>): FakeFiles {
  const files = new FakeFiles();
  for (const [name, text] of Object.entries(entries)) files.put(`${state}/${name}`, text);
  files.put(`${intents}/.keep`, "");
  return files;
}

/** State files only: temporaries and intents are not state. */
function stateOf(files: FakeFiles): Readonly<Record<string, string>> {
  const entries = Object.entries(files.snapshot()).filter(
    ([path]) => path.startsWith(`${state}/`) && !isTemporary(path.split("/").at(-1)!),
  );
  return Object.fromEntries(entries.map(([path, text]) => [path.slice(state.length + 1), text]));
}

class Crash extends Error {}

test("an acknowledged write survives a power cut, and leaves no temporary", async () => {
  const files = filesWith({ "a.xml": "old" });
  await new Store(files, intents).write(`${state}/a.xml`, "new");
  assert.deepEqual(stateOf(files.afterPowerCut()), { "a.xml": "new" });
  assert.deepEqual(
    (await files.list(state)).filter((name) => isTemporary(name)),
    [],
  );
});

test("an acknowledged removal and an acknowledged link survive a power cut", async () => {
  const files = filesWith({ "a.xml": "old" });
  const store = new Store(files, intents);
  assert.equal(await store.remove(`${state}/a.xml`), true);
  assert.equal(await store.remove(`${state}/a.xml`), false);
  await store.link("../b.xml", `${state}/link`);
  await store.link("../c.xml", `${state}/link`);
  assert.deepEqual(stateOf(files.afterPowerCut()), { link: "-> ../c.xml" });
});

test("a failed sync is final: the old file stays, the temporary goes, nothing is tried again", async () => {
  const files = filesWith({ "a.xml": "old" });
  let tries = 0;
  files.inject = ({ operation }) => {
    if (operation !== "createSynced") return;
    tries++;
    throw new SystemError(errnoNumber("EIO"), "cannot sync file");
  };
  await assert.rejects(new Store(files, intents).write(`${state}/a.xml`, "new"), { errnoName: "EIO" });
  assert.equal(tries, 1);
  assert.deepEqual(stateOf(files), { "a.xml": "old" });
});

test("a write that a crash or a fault interrupts anywhere leaves the old file or the new one", async () => {
  for (const kind of ["kill", "powerCut"] as const) {
    for (let at = 1; ; at++) {
      const files = filesWith({ "a.xml": "old" });
      files.inject = ({ number }) => {
        if (number >= at) throw new Crash();
      };
      const outcome = await new Store(files, intents).write(`${state}/a.xml`, "new").then(
        () => "done",
        (error: unknown) => error,
      );
      if (outcome === "done") break;
      assert.ok(outcome instanceof Crash);
      const after = kind === "kill" ? files.afterKill() : files.afterPowerCut();
      await new Store(after, intents).recover([state]);
      const left = stateOf(after);
      assert.ok(left["a.xml"] === "old" || left["a.xml"] === "new", `${kind} at ${at}: ${JSON.stringify(left)}`);
      assert.deepEqual((await after.list(state)).filter(isTemporary), [], "recovery clears temporaries");
    }
  }
});

const change: fc.Arbitrary<FileChange> = fc.oneof(
  fc.record(
    { kind: fc.constant("write" as const), path: path(), text: fc.string({ maxLength: 5 }) },
    { noNullPrototype: true },
  ),
  fc.record({ kind: fc.constant("remove" as const), path: path() }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constant("link" as const), path: path(), target: fc.constant("../x") },
    { noNullPrototype: true },
  ),
  fc.record({ kind: fc.constant("rename" as const), from: path(), to: path() }, { noNullPrototype: true }),
);

function path(): fc.Arbitrary<string> {
  return fc.constantFrom("a", "b", "c", "d").map((name) => `${state}/${name}`);
}

test("several changes are all made or not at all, wherever a crash falls, once recovery has run", async () => {
  await fc.assert(
    fc.asyncProperty(
      // Each path once: a rename that is replayed after its target changed again would not be the same change.
      fc.uniqueArray(change, { minLength: 2, maxLength: 4, selector: pathsOf, comparator: overlap }),
      fc.constantFrom("kill" as const, "powerCut" as const),
      fc.integer({ min: 1, max: 40 }),
      async (steps, kind, at) => {
        const before = { a: "1", b: "2" };
        const whole = filesWith(before);
        await new Store(whole, intents).change(steps);
        const after = stateOf(whole);

        const files = filesWith(before);
        files.inject = ({ number }) => {
          if (number >= at) throw new Crash();
        };
        const acknowledged = await new Store(files, intents).change(steps).then(
          () => true,
          (error: unknown) => {
            assert.ok(error instanceof Crash);
            return false;
          },
        );
        const found = kind === "kill" ? files.afterKill() : files.afterPowerCut();
        await new Store(found, intents).recover([state]);
        const left = stateOf(found);
        if (acknowledged) assert.deepEqual(left, after);
        else assert.ok(same(left, before) || same(left, after), `${JSON.stringify(left)}`);
        assert.deepEqual(await found.list(intents), [".keep"], "no intent is left");
      },
    ),
    { numRuns: 300 },
  );
});

function pathsOf(step: FileChange): readonly string[] {
  return step.kind === "rename" ? [step.from, step.to] : [step.path];
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.some((each) => b.includes(each));
}

function same(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

test("recovery ignores an intent that was torn, since nothing of it was begun", async () => {
  const files = filesWith({ a: "1" });
  files.put(`${intents}/1-x.json`, '[{"kind":"remove","path":"/etc/state/a"}');
  files.put(`${intents}/2-x.json`, '[{"kind":"__proto__"}]');
  await new Store(files, intents).recover();
  assert.deepEqual(stateOf(files), { a: "1" });
  assert.deepEqual(await files.list(intents), [".keep"]);
});

test("loading leaves temporaries and other endings out", async () => {
  const files = filesWith({ "b.xml": "2", "a.xml": "1", ".a.xml.0123.new": "t", "c.txt": "3" });
  const loaded = await new Store(files, intents).load(state, ".xml");
  assert.deepEqual(
    loaded.map(({ name, text }) => [name, text]),
    [
      ["a.xml", "1"],
      ["b.xml", "2"],
    ],
  );
});
