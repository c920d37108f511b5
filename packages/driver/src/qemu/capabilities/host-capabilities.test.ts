import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode } from "@tsvirt/base";
import fc from "fast-check";
import { FakeClient, FakeMachine } from "../../testing/index.ts";
import { ranges } from "./host-capabilities.ts";

test("a list of CPUs is written as ranges", () => {
  assert.equal(ranges([]), "");
  assert.equal(ranges([0]), "0");
  assert.equal(ranges([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300)), (numbers) => {
      const sorted = numbers.sort((a, b) => a - b);
      const again = ranges(sorted)
        .split(",")
        .filter((part) => part !== "")
        .flatMap((part) => {
          const [first = 0, last = first] = part.split("-").map(Number);
          return Array.from({ length: last - first + 1 }, (_, index) => first + index);
        });
      assert.deepEqual(again, sorted);
    }),
  );
});

test("the capabilities tell of the host and of every emulator", async () => {
  const machine = await FakeMachine.create();
  const client = new FakeClient(await machine.openAll());
  const { capabilities } = await client.call("connectGetCapabilities", undefined);
  assert.match(capabilities, /^<capabilities>\n\n {2}<host>\n/);
  assert.match(capabilities, /<topology sockets='1' dies='1' cores='2' threads='1'\/>/);
  assert.match(capabilities, /<bank id='0' level='3' type='both' size='32' unit='MiB' cpus='0-1'\/>/);
  assert.match(capabilities, /<emulator>\/usr\/bin\/qemu-system-x86_64<\/emulator>/);
  assert.match(capabilities, /<\/guest>\n\n<\/capabilities>\n$/);
});

test("domain capabilities are refused in libvirt's words for what there is not", async () => {
  const machine = await FakeMachine.create();
  const client = new FakeClient(await machine.openAll());
  const ask = (args: object): Promise<unknown> => client.call("connectGetDomainCapabilities", { flags: 0, ...args });
  const refusals: readonly (readonly [object, number, string])[] = [
    [{ virttype: "xyz" }, ErrorCode.invalidArg, "invalid argument: unknown virttype: xyz"],
    [{ virttype: "__proto__" }, ErrorCode.invalidArg, "invalid argument: unknown virttype: __proto__"],
    [{ arch: "z80" }, ErrorCode.invalidArg, "invalid argument: unknown architecture: z80"],
    [
      { arch: "s390x" },
      ErrorCode.configUnsupported,
      "unsupported configuration: unable to find any emulator to serve 's390x' architecture",
    ],
  ];
  for (const [args, code, message] of refusals) await assert.rejects(ask(args), { code, message });
  assert.match(
    ((await ask({ virttype: "qemu" })) as { capabilities: string }).capabilities,
    /<path>\/usr\/bin\/qemu-system-x86_64<\/path>/,
  );
});
