// The client library against two servers, one suite: stock libvirtd and tsvirtd.
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import {
  type Connection,
  connect,
  DomainCreateFlags,
  DomainEventStartedDetailType,
  DomainEventType,
  DomainRunningReason,
  DomainState,
  DomainXmlFlags,
  ErrorCode,
  VirtError,
} from "@tsvirt/client";
import { qemuMonitorCommand, qemuMonitorEvents } from "@tsvirt/client/qemu";
import { Daemon, type DaemonKind, withSandbox } from "../support/daemon.ts";
import { killOne, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";

const GUEST = `<domain type='qemu'>
  <name>client</name>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <serial type='pty'/>
    <graphics type='vnc' port='-1' autoport='yes'/>
    <video><model type='vga'/></video>
  </devices>
</domain>
`;

async function obstacle(kind: DaemonKind): Promise<string | false> {
  if (kind === "libvirtd") {
    const missing = await access("/usr/sbin/libvirtd").then(
      () => false,
      () => true,
    );
    if (missing) return "needs libvirtd";
  }
  return sandboxObstacle() ?? false;
}

const deadline = { timeout: 30_000 };

function open(sandbox: Sandbox, socket = "libvirt-sock", readOnly = false): Promise<Connection> {
  const path = encodeURIComponent(sandbox.outside(`/run/libvirt/${socket}`));
  return connect(`qemu+unix:///system?socket=${path}`, { ...deadline, readOnly });
}

const fails = (code: ErrorCode) => (error: unknown) => error instanceof VirtError && error.code === code;

async function lifecycle(connection: Connection): Promise<void> {
  const events = await connection.domainEvents("lifecycle");
  const domain = await connection.domainDefineXml(GUEST);
  assert.match(domain.uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(domain.id, -1);
  assert.deepEqual(await domain.getState(), { state: DomainState.shutoff, reason: 0 });
  assert.match(await domain.getXmlDesc({ flags: DomainXmlFlags.inactive }), /<name>client<\/name>/);
  await domain.create({ flags: DomainCreateFlags.startPaused, ...deadline });
  assert.ok(domain.id > 0);
  assert.equal((await domain.getState()).state, DomainState.paused);
  await domain.resume();
  assert.deepEqual(await domain.getState(), {
    state: DomainState.running,
    reason: DomainRunningReason.unpaused,
  });
  const info = await domain.getInfo();
  assert.equal(info.maxMem, 65536n);
  assert.equal((await connection.domainLookupById(domain.id)).uuid, domain.uuid);
  assert.deepEqual(
    (await connection.listAllDomains()).map(({ name }) => name),
    ["client"],
  );
  await assert.rejects(domain.create(), fails(ErrorCode.operationInvalid));
  await domain.destroy();
  assert.equal(domain.id, -1);
  await domain.undefine();
  await assert.rejects(domain.getInfo(), fails(ErrorCode.noDomain));
  const seen: (readonly [number, number])[] = [];
  for await (const { domain: of, event, detail } of events) {
    assert.equal(of.uuid, domain.uuid);
    seen.push([event, detail]);
    if (event === DomainEventType.undefined) break;
  }
  const kinds = seen.map(([event]) => event);
  assert.equal(kinds[0], DomainEventType.defined);
  assert.ok(
    seen.some(([event, detail]) => event === DomainEventType.started && detail === DomainEventStartedDetailType.booted),
  );
  assert.ok(kinds.includes(DomainEventType.stopped));
}

async function streams(connection: Connection): Promise<void> {
  const domain = await connection.domainCreateXml(GUEST, deadline);
  try {
    const { mime, stream } = await domain.screenshot(deadline);
    const head: number[] = [];
    let length = 0;
    for await (const bytes of stream.readable) {
      if (head.length < 2) head.push(...bytes.subarray(0, 2));
      length += bytes.length;
    }
    assert.ok(length > 100);
    if (mime === "image/png") assert.deepEqual(head.slice(0, 2), [0x89, 0x50]);
    else assert.equal(mime, "image/x-portable-pixmap");
    {
      await using console = await domain.openConsole();
      await console.write(new TextEncoder().encode("nobody listens"));
    }
    assert.equal((await domain.getState()).state, DomainState.running, "the connection goes on");
    const answer: unknown = JSON.parse(await qemuMonitorCommand(domain, '{"execute":"query-name"}'));
    assert.deepEqual(answer, { return: { name: "client" }, id: (answer as { id: unknown }).id });
    const monitor = await qemuMonitorEvents(connection, { domain, event: "STOP" });
    await domain.suspend();
    for await (const { event } of monitor) {
      assert.equal(event, "STOP");
      break;
    }
  } finally {
    await domain.destroy();
  }
}

async function givingUp(connection: Connection): Promise<void> {
  const gone = AbortSignal.abort(new RangeError("never mind"));
  await assert.rejects(connection.getHostname({ signal: gone }), RangeError);
  const stop = new AbortController();
  const call = connection.getCapabilities({ signal: stop.signal });
  stop.abort(new RangeError("never mind"));
  await assert.rejects(call, RangeError);
  // The late answer goes nowhere, and every other call gets its own.
  const [type, many] = await Promise.all([
    connection.getType(),
    Promise.all(Array.from({ length: 200 }, () => connection.getLibVersion())),
  ]);
  assert.equal(type, "QEMU");
  assert.equal(new Set(many).size, 1);
}

async function lookingOnly(sandbox: Sandbox): Promise<void> {
  await using reader = await open(sandbox, "libvirt-sock-ro", true);
  assert.deepEqual(await reader.listAllDomains(), []);
  await assert.rejects(reader.domainDefineXml(GUEST), fails(ErrorCode.operationDenied));
}

async function refusals(sandbox: Sandbox, connection: Connection): Promise<void> {
  await assert.rejects(connection.domainLookupByName("nosuch"), fails(ErrorCode.noDomain));
  await assert.rejects(connection.domainLookupByUuid("no uuid"), fails(ErrorCode.invalidArg));
  await assert.rejects(connection.networkLookupByName("nosuch"), fails(ErrorCode.noNetwork));
  await assert.rejects(connection.domainDefineXml("<domain"), fails(ErrorCode.xmlDetail));
  const path = encodeURIComponent(sandbox.outside("/run/libvirt/libvirt-sock"));
  await assert.rejects(connect(`qemu+unix:///nosuch?socket=${path}`, deadline), fails(ErrorCode.internalError));
  await assert.rejects(connect(`nosuch+unix:///system?socket=${path}`, deadline), fails(ErrorCode.noConnect));
  await assert.rejects(open(sandbox, "nosuch-sock"), fails(ErrorCode.systemError));
}

async function networks(connection: Connection): Promise<void> {
  const network = await connection.networkLookupByName("default");
  assert.equal(await network.isPersistent(), true);
  assert.match(await network.getXmlDesc(), /<name>default<\/name>/);
  if (!(await network.isActive())) {
    const events = await connection.networkEvents();
    await network.create(deadline);
    for await (const { network: of } of events) {
      assert.equal(of.uuid, network.uuid);
      break;
    }
  }
  assert.equal(await network.getBridgeName(), "virbr0");
  assert.deepEqual(await network.getDhcpLeases(), []);
  await network.destroy(deadline);
}

async function theEnd(sandbox: Sandbox, daemon: Daemon): Promise<void> {
  await using connection = await open(sandbox);
  const events = await connection.domainEvents("lifecycle");
  killOne(daemon.pid, "SIGKILL");
  assert.ok((await connection.closed) instanceof VirtError);
  await assert.rejects(connection.getHostname(), VirtError);
  await assert.rejects(async () => {
    for await (const _ of events);
  }, VirtError);
}

async function suite(context: TestContext, kind: DaemonKind): Promise<void> {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, kind);
    await using connection = await open(sandbox);
    await context.test("a guest's life and its events", () => lifecycle(connection));
    await context.test("streams, and the monitor", () => streams(connection));
    await context.test("calls that are given up leave the connection working", () => givingUp(connection));
    await context.test("a connection that only looks", () => lookingOnly(sandbox));
    await context.test("refusals have libvirt's codes", () => refusals(sandbox, connection));
    await context.test("networks", () => networks(connection));
    await context.test("a daemon that dies ends all that waits", () => theEnd(sandbox, daemon));
  });
}

for (const kind of ["libvirtd", "tsvirtd"] as const) {
  test(`the client and ${kind}`, { skip: await obstacle(kind) }, (context) => suite(context, kind));
}
