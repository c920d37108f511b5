// Random and mutated messages on the daemon's sockets: it neither ends nor grows, and serves others all the while.
// TSVIRT_FUZZ sets the number of messages (100,000 for the full run), TSVIRT_SEED the chance.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { Random } from "../support/random.ts";
import { sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;
const MESSAGES = Number(process.env.TSVIRT_FUZZ ?? 10_000);
const SEED = Number(process.env.TSVIRT_SEED ?? Date.now() % 1_000_000);
/** Messages on one connection, unless the daemon ends it sooner. */
const PER_CONNECTION = 10;
/** Growth of the daemon that is taken for noise, in MB: code that is compiled, a heap that is not yet collected. */
const SLACK = 64;

/** What stock virsh sent in recorded sessions. */
async function recordedCalls(): Promise<readonly [Buffer, ...Buffer[]]> {
  const path = new URL("../../packages/rpc/fixtures/wire/virsh-sessions.json", import.meta.url);
  const { frames }: { readonly frames: readonly (readonly [string, string])[] } = JSON.parse(
    await readFile(path, "utf8"),
  );
  const sent = frames.filter(([side]) => side === "client");
  const [first, ...rest] = sent.map(([, hex]) => Buffer.from(hex, "hex"));
  assert.ok(first, "there are recorded calls");
  return [first, ...rest];
}

/** A recorded message with something changed, or noise. */
function mutated(calls: readonly [Buffer, ...Buffer[]], random: Random): Buffer {
  if (random.next() < 0.05)
    return Buffer.from(Array.from({ length: random.between(1, 200) }, () => random.between(0, 255)));
  let bytes = Buffer.from(random.pick(calls));
  for (let change = random.between(0, 4); change > 0; change--) {
    // The length word mostly stays right, so that what is behind it is reached.
    const at = Math.min(random.next() < 0.05 ? 0 : random.between(4, Math.max(4, bytes.length - 1)), bytes.length - 1);
    switch (random.between(0, 4)) {
      case 0:
        bytes[at] = random.between(0, 255);
        break;
      case 1:
        if (bytes.length >= 8)
          bytes.writeUInt32BE(
            random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]),
            Math.min(at & ~3, bytes.length - 4),
          );
        break;
      case 2:
        // Any procedure of any type, with whatever arguments these are.
        if (bytes.length >= 24) bytes.writeUInt32BE(random.between(0, 470), 12);
        break;
      case 3:
        bytes = Buffer.from(bytes.subarray(0, Math.max(4, at)));
        if (random.next() < 0.8) bytes.writeUInt32BE(bytes.length, 0);
        break;
      default:
        bytes = Buffer.concat([bytes, bytes.subarray(at)]);
        if (random.next() < 0.8) bytes.writeUInt32BE(bytes.length, 0);
    }
  }
  return bytes;
}

function opened(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // Being hung up on is what most of these messages deserve.
      socket.on("error", () => undefined);
      socket.resume();
      resolve(socket);
    });
  });
}

async function residentMegabytes(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

test(`${MESSAGES} random and mutated messages neither end nor grow the daemon`, { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    context.diagnostic(`seed ${SEED}`);
    const random = new Random(SEED);
    const calls = await recordedCalls();
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    const sockets = ["libvirt-sock", "libvirt-sock-ro"].map((name) => sandbox.outside(`/run/libvirt/${name}`));
    let sent = 0;
    const round = async (messages: number): Promise<void> => {
      for (const end = sent + messages; sent < end; ) {
        const socket = await opened(sockets[random.between(0, 1)] ?? "");
        // Most connections first do what a client does, so that the messages behind are dispatched.
        if (random.next() < 0.8) for (const call of calls.slice(0, 3)) socket.write(call);
        for (let count = 0; count < PER_CONNECTION && !socket.destroyed && sent < end; count++, sent++) {
          if (!socket.write(mutated(calls, random))) {
            await Promise.race([
              new Promise((resolve) => socket.once("drain", resolve)),
              new Promise((resolve) => socket.once("close", resolve)),
            ]);
          }
        }
        // Some hang up in the midst; the others see the daemon through what they sent.
        if (random.next() < 0.2) socket.destroy();
        else if (!socket.destroyed) {
          socket.end();
          await new Promise((resolve) => socket.once("close", resolve));
        }
      }
      assert.ok(daemon.running, "the daemon lives");
      assert.equal(await virsh.run("hostname"), await virsh.run("hostname"));
    };
    await round(Math.ceil(MESSAGES / 4));
    const before = await residentMegabytes(daemon.pid);
    await round(Math.floor((MESSAGES * 3) / 4));
    await until(async () => (await residentMegabytes(daemon.pid)) - before < SLACK, {
      what: "the daemon to be as small as before",
    });
    context.diagnostic(`${before.toFixed(0)} MB, then ${(await residentMegabytes(daemon.pid)).toFixed(0)} MB`);
  });
});
