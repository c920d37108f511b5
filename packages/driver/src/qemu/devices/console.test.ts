import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, virtError } from "@tsvirt/base";
import { FakeChannel, FakeHost } from "@tsvirt/host/testing";
import { parseDomain } from "@tsvirt/model/domain";
import { QemuCapabilities } from "@tsvirt/qemu";
import { LiveGuest } from "../guest/live.ts";
import { type ClientEnd, openChannel, openConsole, relay } from "./console.ts";

const xml = `<domain type='qemu'>
  <name>vm</name>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <serial type='pty'><source path='/dev/pts/7'/><target port='0'/><alias name='serial0'/></serial>
    <serial type='null'><target port='1'/><alias name='serial1'/></serial>
    <channel type='unix'>
      <source mode='bind' path='/run/agent'/><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/>
    </channel>
    <channel type='pty'><source path='/dev/pts/8'/><target type='virtio' name='other'/><alias name='channel1'/></channel>
  </devices>
</domain>`;

let host: FakeHost;
let live: LiveGuest;

beforeEach(() => {
  host = new FakeHost();
  const paths = { directory: "/d", channels: "/c", monitor: "/m", spareMonitor: "/s" };
  const capabilities = new QemuCapabilities({
    format: 0,
    version: 0,
    package: "",
    arch: "x86_64",
    flags: [],
    gic: [],
  });
  live = new LiveGuest({ domain: parseDomain(xml), capabilities, paths });
});

/** The guest's end of a device. */
function guestEnd(path: string): FakeChannel {
  const end = new FakeChannel();
  host.streams.devices.set(path, end);
  return end;
}

/** A client that has typed `text` and stays until it is told to go. */
class Client implements ClientEnd {
  readonly #gone = new AbortController();
  readonly #text: string;
  shown = "";

  constructor(text = "") {
    this.#text = text;
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#typed();
  }

  async *#typed(): AsyncGenerator<Uint8Array, void, void> {
    if (this.#text !== "") yield Buffer.from(this.#text);
    await new Promise<void>((_, reject) => {
      this.signal.addEventListener("abort", () => reject(this.signal.reason));
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.shown += Buffer.from(bytes).toString();
  }

  go(): void {
    this.#gone.abort(virtError(ErrorCode.rpc, "the client is gone"));
  }
}

async function nextOf(end: FakeChannel): Promise<string> {
  for await (const chunk of end.chunks) return Buffer.from(chunk).toString();
  return "";
}

test("bytes go both ways, and the guest's end is the end of the stream", async () => {
  const end = guestEnd("/dev/pts/7");
  const client = new Client("ls\n");
  const done = relay(await openConsole(host, live, undefined, { force: false }), client);
  const typed = end.chunks[Symbol.asyncIterator]();
  assert.equal(Buffer.from((await typed.next()).value ?? []).toString(), "ls\n");
  await end.write(Buffer.from("bin etc"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  end.close();
  await done;
  assert.equal(client.shown, "bin etc");
});

test("one client at a time: the next gets in when the first is gone", async () => {
  const end = guestEnd("/dev/pts/7");
  const client = new Client();
  const done = relay(await openConsole(host, live, "serial0", { force: false }), client);
  await assert.rejects(openConsole(host, live, undefined, { force: false }), {
    code: ErrorCode.operationFailed,
    message: "operation failed: Active console session exists for this domain",
  });
  client.go();
  await done;
  assert.equal(end.closed, true);
  guestEnd("/dev/pts/7");
  (await openConsole(host, live, undefined, { force: false })).close();
});

test("force takes a console from its client, whose stream ends", async () => {
  guestEnd("/dev/pts/7");
  const first = await openConsole(host, live, undefined, { force: false });
  const ended = relay(first, new Client());
  const end = guestEnd("/dev/pts/7");
  const second = await openConsole(host, live, undefined, { force: true });
  await ended;
  assert.deepEqual([first.closed, second.closed], [true, false]);
  const client = new Client("x");
  const done = relay(second, client);
  assert.equal(await nextOf(end), "x");
  await done;
});

test("of two clients that come together one gets the console", async () => {
  guestEnd("/dev/pts/7");
  const both = await Promise.allSettled([1, 2].map(() => openConsole(host, live, undefined, { force: false })));
  assert.deepEqual(
    both.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
});

test("a client that is forced out while its console opens is told so, and holds nothing", async () => {
  guestEnd("/dev/pts/7");
  const slow = openConsole(host, live, undefined, { force: false });
  const second = await openConsole(host, live, undefined, { force: true });
  await assert.rejects(slow, /Active console session exists/);
  assert.equal(second.closed, false);
});

test("a client that went before its stream opened leaves the console free", async () => {
  guestEnd("/dev/pts/7");
  const client = new Client();
  client.go();
  await relay(await openConsole(host, live, undefined, { force: false }), client);
  guestEnd("/dev/pts/7");
  (await openConsole(host, live, undefined, { force: false })).close();
});

test("a device that cannot be opened is free afterwards", async () => {
  await assert.rejects(openConsole(host, live, undefined, { force: false }), /Unable to open stream/);
  guestEnd("/dev/pts/7");
  (await openConsole(host, live, undefined, { force: false })).close();
});

test("consoles and channels are found as libvirt finds them, and refused in its words", async () => {
  guestEnd("/run/agent");
  const open = { force: false };
  (await openChannel(host, live, undefined, open)).close();
  guestEnd("/run/agent");
  (await openChannel(host, live, "org.qemu.guest_agent.0", open)).close();
  guestEnd("/run/agent");
  const held = await openChannel(host, live, "channel0", open);
  const refusals: readonly (readonly [Promise<unknown>, string])[] = [
    [openChannel(host, live, "channel0", open), "operation failed: Active channel stream exists for this domain"],
    [openChannel(host, live, "other", open), "Operation not supported: channel other is not using a UNIX socket"],
    [openChannel(host, live, "none", open), "Operation not supported: cannot find channel none"],
    [openConsole(host, live, "none", open), "Operation not supported: cannot find character device none"],
    [openConsole(host, live, "serial1", open), "Operation not supported: character device serial1 is not using a PTY"],
  ];
  for (const [refused, message] of refusals) await assert.rejects(refused, { message });
  held.close();
});
