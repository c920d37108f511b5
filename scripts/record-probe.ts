/**
 * Records the capability probe of an emulator: `node --conditions=@tsvirt/source --import tsx scripts/record-probe.ts
 * [EMULATOR] > packages/qemu/fixtures/probe/NAME.transcript`. One conversation with what the host has, and one with TCG
 * only if that was KVM.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { probeArguments, probeCapabilities, QmpSession } from "@tsvirt/qemu";

const emulator = process.argv[2] ?? "/usr/bin/qemu-system-x86_64";
const lines: string[] = [];

async function converse(accel: "kvm:tcg" | "tcg"): Promise<{ session: QmpSession; end: () => Promise<void> }> {
  const qemu = spawn(emulator, [...probeArguments(accel), "-qmp", "stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const session = new QmpSession({
    send: (line) => {
      lines.push(`> ${line.trim()}`);
      qemu.stdin.write(line);
    },
  });
  let partial = "";
  qemu.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (partial + text).split("\n");
    partial = parts.pop() ?? "";
    lines.push(...parts.map((part) => `< ${part.trim()}`));
    session.receive(new TextEncoder().encode(text));
  });
  await session.start();
  return {
    session,
    end: async () => {
      qemu.stdin.end();
      qemu.kill();
      await once(qemu, "exit");
    },
  };
}

const first = await converse("kvm:tcg");
let second: Awaited<ReturnType<typeof converse>> | undefined;
const capabilities = await probeCapabilities(first.session, {
  openTcg: async () => {
    await first.end();
    second = await converse("tcg");
    return second.session;
  },
});
await (second ?? first).end();
const accel = capabilities.data.kvm ? "kvm, then tcg" : "tcg";
process.stdout.write(
  `# origin: ${emulator} ${capabilities.data.package || capabilities.version} (${accel}), capability probe\n`,
);
process.stdout.write(`# command: ${emulator} ${probeArguments("kvm:tcg").join(" ")} -qmp stdio\n`);
process.stdout.write(`# recorded by: scripts/record-probe.ts\n`);
for (const line of lines) process.stdout.write(`${line}\n`);
