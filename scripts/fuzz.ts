// Sends hostile messages to a daemon in a sandbox and says whether it lived and how much it grew.
//
//   npm run fuzz -- [MESSAGES [SEED]]        100,000 messages, a new seed each time
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Daemon } from "../test/support/daemon.ts";
import { attack } from "../test/support/hostile.ts";
import { Sandbox, sandboxObstacle } from "../test/support/sandbox.ts";
import { until } from "../test/support/until.ts";

const [messagesText = "100000", seedText = String(Date.now() % 0x7fff_ffff)] = process.argv.slice(2);
const messages = Number(messagesText);
const seed = Number(seedText);
/** Messages before memory is looked at for the first time. */
const warmUp = Math.min(10_000, messages);
/** The daemon may grow by so many KiB. */
const growthMax = 64 * 1024;

const obstacle = sandboxObstacle();
if (obstacle !== undefined) {
  console.error(`fuzz: ${obstacle}`);
  process.exit(2);
}

async function state(pid: number): Promise<{ readonly memory: number; readonly descriptors: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return {
    memory: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

let failures = 0;
const check = (what: string, good: boolean): void => {
  console.log(`${good ? "ok" : "FAILED"}: ${what}`);
  if (!good) failures++;
};

await using sandbox = await Sandbox.open();
await using daemon = await Daemon.start(sandbox, "tsvirtd");
const path = sandbox.outside("/run/libvirt/libvirt-sock");
console.log(`${messages} messages, seed ${seed}`);
await attack(path, seed, warmUp);
if (!daemon.running) {
  console.log(await sandbox.logs());
  throw new Error("the daemon died");
}
const before = await state(daemon.pid);
const report = await attack(path, seed + 1, messages);
check("the daemon lives", daemon.running);
const uri = await sandbox.run(["virsh", "uri"]);
check("it answers", uri.stdout === "qemu:///system\n\n");
const after = await until(async () => {
  const now = await state(daemon.pid);
  return now.descriptors <= before.descriptors && now;
}).catch(() => state(daemon.pid));
console.log(`${report.connections} connections, ${report.bytesBack} bytes back`);
console.log(
  `memory ${before.memory} -> ${after.memory} KiB, descriptors ${before.descriptors} -> ${after.descriptors}`,
);
check("it did not grow", after.memory - before.memory < growthMax);
check("no descriptor was left open", after.descriptors <= before.descriptors);
const log = await readFile(join(sandbox.root, "log/tsvirtd.out"), "utf8");
const surprises = log.split("\n").filter((line) => line.includes("unexpected"));
check("no handler failed in a way nobody thought of", surprises.length === 0);
for (const line of new Set(surprises.map((each) => each.replace(/^\S+ \S+ /, "")).slice(0, 20))) console.log(line);
process.exitCode = failures === 0 ? 0 : 1;
