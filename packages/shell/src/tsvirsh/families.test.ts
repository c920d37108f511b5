import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { commandHelp } from "../vsh/help.ts";
import { commandTable, loadGroups } from "./families.ts";
import { checkCommands } from "./self-check.ts";

const groups = await loadGroups();
const commands = groups.flatMap((group) => group.commands);

test("every listed command is declared under its name", () => {
  assert.deepEqual(
    commands.map(({ name }) => name),
    commandTable.names(),
  );
});

test("the table of commands has nothing to complain about", () => {
  assert.deepEqual(checkCommands(groups), []);
});

test("the self-check complains", () => {
  const run = (): Promise<void> => Promise.resolve();
  const base = { help: "does", about: undefined, aliases: [], offline: false, run };
  const complaints = checkCommands([
    {
      title: "Bad",
      keyword: "bad",
      commands: [
        { ...base, name: "a", help: "", options: { "Bad name": { kind: "flag", help: "" } } },
        { ...base, name: "a", options: { x: { kind: "alias", of: "y" } } },
        {
          ...base,
          name: "b",
          options: {
            rest: { kind: "rest", required: false, help: "words" },
            late: { kind: "text", required: true, named: true, help: "text" },
          },
        },
      ],
    },
  ]);
  assert.equal(complaints.length, 7);
});

test("names from elsewhere find nothing", async () => {
  for (const name of ["__proto__", "constructor", "toString", ""])
    assert.equal(await commandTable.find(name), undefined);
});

const recorded = await readFile(new URL("../../fixtures/virsh-help.txt", import.meta.url), "utf8");
const helps = new Map(
  recorded
    .split(/^== /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
);
for (const command of commands) {
  test(`help of ${command.name} is virsh's`, () => {
    assert.equal(`${commandHelp(command)}\n`, helps.get(command.name));
  });
}
