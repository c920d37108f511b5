// The RPC layer against libvirt's own peers: our client with stock libvirtd, stock virsh with our server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { deferred, ErrorCode, silentLogger } from "@tsvirt/base";
import { type Connection, OwnedDescriptor, openHost } from "@tsvirt/host";
import {
  bindPartial,
  ClientConnection,
  DomainEventId,
  DomainEventType,
  domainEventsEvents,
  type Handlers,
  InternalFeature,
  qemuProgram,
  type Receiver,
  type RemoteEvents,
  type RemoteProcedures,
  remote,
  ServerConnection,
  type StreamChunk,
  systemSchedule,
  type Transport,
} from "@tsvirt/rpc";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { sandboxObstacle } from "../support/sandbox.ts";

const skip = sandboxObstacle() ?? false;
const timing = { log: silentLogger, schedule: systemSchedule, monotonic: () => performance.now() };
const run = promisify(execFile);

/** A UNIX socket as a transport. */
function transportOf(connection: Connection, receiver: () => Receiver): Transport & { start(): void } {
  return {
    passesFds: true,
    start: () =>
      connection.start({
        data: (bytes, fds) =>
          receiver().receive(
            bytes,
            fds.map((fd) => fd.take()),
          ),
        closed: (error) => receiver().ended(error),
      }),
    get buffered() {
      return connection.pending;
    },
    write(bytes, fds = []) {
      let sent = connection.write(bytes);
      for (const fd of fds) sent = connection.write(Uint8Array.of(0), [new OwnedDescriptor(fd)]);
      if (!sent) void connection.drained().then(() => receiver().drained());
      return sent;
    },
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    closeFds: (fds) => {
      for (const fd of fds) new OwnedDescriptor(fd).close();
    },
    close: () => void connection.end(),
  };
}

async function connectTo(path: string): Promise<ClientConnection> {
  const connection = await openHost().sockets.connect(path);
  const transport = transportOf(connection, () => client);
  const client = new ClientConnection({ ...timing, transport });
  transport.start();
  return client;
}

async function bytesOf(chunks: AsyncIterable<StreamChunk>): Promise<{ readonly bytes: Buffer; readonly hole: bigint }> {
  const parts: Uint8Array[] = [];
  let hole = 0n;
  for await (const chunk of chunks) {
    if (chunk instanceof Uint8Array) parts.push(chunk);
    else hole += chunk.hole;
  }
  return { bytes: Buffer.concat(parts), hole };
}

const guest = (name: string): string => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><serial type='pty'/><graphics type='vnc' autoport='yes'/></devices></domain>`;

test("our client speaks with stock libvirtd: calls, errors, events, streams, holes, descriptors, keepalive", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "libvirtd");
    const client = await connectTo(sandbox.outside("/run/libvirt/libvirt-sock"));
    const call = client.caller(remote);
    assert.deepEqual(await call.authList(), { types: [0] });
    assert.deepEqual(await call.connectSupportsFeature({ feature: InternalFeature.programKeepalive }), {
      supported: 1,
    });
    await call.connectOpen({ name: "qemu:///system", flags: 0 });
    assert.equal((await call.connectGetLibVersion()).libVer, 9_000_000n);
    await assert.rejects(call.domainLookupByName({ name: "x" }), {
      code: ErrorCode.noDomain,
      message: "Domain not found: no domain with matching name 'x'",
    });

    const events: number[] = [];
    const stopped = deferred<void>();
    client.listen(remote, domainEventsEvents.domainEventCallbackLifecycle, ({ msg }) => {
      events.push(msg.event);
      if (msg.event === DomainEventType.stopped) stopped.resolve();
    });
    const { callbackId } = await call.connectDomainEventCallbackRegisterAny({ eventId: DomainEventId.lifecycle });
    const { dom } = await call.domainDefineXml({ xml: guest("peer") });
    await call.domainCreate({ dom });
    const { result } = await client
      .caller(qemuProgram)
      .domainMonitorCommand({ dom, cmd: '{"execute":"query-status"}', flags: 0 });
    assert.match(result, /"running"/);

    // A stream that goes both ways, given up.
    const opened = await call.domainOpenConsole({ dom, flags: 0 });
    await opened.stream.write(Buffer.from("hello"));
    await opened.stream.abort();
    // A stream that ends by itself.
    const shot = await call.domainScreenshot({ dom, screen: 0, flags: 0 });
    const picture = await bytesOf(shot.stream.chunks);
    await shot.stream.finish();
    assert.match(picture.bytes.subarray(0, 8).toString("latin1"), /^(P6|\x89PNG)/);
    // A descriptor in a reply.
    const fds = deferred<readonly number[]>();
    await call.domainOpenGraphicsFd({ dom, idx: 0, flags: 0 }, { onFds: fds.resolve });
    assert.equal((await fds.promise).length, 1);
    for (const fd of await fds.promise) new OwnedDescriptor(fd).close();
    // Descriptors with a call.
    const null0 = await openHost().sockets.pair();
    await call.domainFdAssociate({ dom, name: "disk", flags: 0 }, { fds: [null0.theirs.take()] });
    null0.ours.close();

    await call.domainDestroy({ dom });
    await stopped.promise;
    const { defined, started } = DomainEventType;
    assert.ok(events.includes(defined) && events.includes(started));
    await call.connectDomainEventCallbackDeregisterAny({ callbackId });

    // Uploads and downloads, with holes.
    const pool = "<pool type='dir'><name>p</name><target><path>/var/lib/libvirt/images</path></target></pool>";
    const made = await call.storagePoolCreateXml({ xml: pool, flags: 0 });
    const xml = "<volume><name>v</name><capacity>2097152</capacity><allocation>0</allocation></volume>";
    const { vol } = await call.storageVolCreateXml({ pool: made.pool, xml, flags: 0 });
    const content = Buffer.alloc(700_000, "abc");
    const upload = await call.storageVolUpload({ vol, offset: 0n, length: 0n, flags: 1 });
    await upload.stream.write(content);
    await upload.stream.hole(1_397_152n);
    await upload.stream.finish();
    const download = await call.storageVolDownload({ vol, offset: 0n, length: 700_000n, flags: 0 });
    const back = await bytesOf(download.stream.chunks);
    await download.stream.finish();
    assert.ok(back.bytes.equals(content));
    const sparse = await call.storageVolDownload({ vol, offset: 0n, length: 0n, flags: 1 });
    const whole = await bytesOf(sparse.stream.chunks);
    await sparse.stream.finish();
    assert.equal(BigInt(whole.bytes.length) + whole.hole, 2_097_152n);
    assert.ok(whole.hole > 1_000_000n);
    const refused = await call.storageVolUpload({ vol, offset: 0n, length: 10n, flags: 0 });
    await assert.rejects(
      async () => {
        await refused.stream.write(Buffer.alloc(1_000_000));
        await refused.stream.finish();
      },
      { name: "VirtError" },
    );

    client.startKeepalive(20, 3);
    await call.nodeGetInfo();
    client.stopKeepalive();
    assert.equal(client.waiting, 0);
    client.close();
  });
});

/** What handlers know of their client. */
interface Session {
  server?: ServerConnection<Session>;
}
type Served = Partial<Handlers<RemoteProcedures, Session>>;

/** A server on a socket of its own that stock clients connect to. */
async function serving(handlers: Served, body: (uri: string, directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "tsvirt-rpc-"));
  const path = join(directory, "sock");
  const servers: ServerConnection<Session>[] = [];
  await using _listener = await openHost().sockets.listen({ path, mode: 0o600 }, (connection) => {
    const transport = transportOf(connection, () => server);
    const session: Session = {};
    const server = new ServerConnection<Session>({
      ...timing,
      transport,
      session,
      readOnly: false,
      authenticated: true,
    });
    server.serve(
      bindPartial<RemoteProcedures, RemoteEvents, Session>(remote, {
        authList: () => ({ types: [0] }),
        connectOpen: () => undefined,
        connectClose: () => undefined,
        connectSupportsFeature({ feature }) {
          if (feature === InternalFeature.programKeepalive) server.startKeepalive(50, 5);
          return { supported: feature === InternalFeature.xmlMigratable ? 0 : 1 };
        },
        connectRegisterCloseCallback: () => undefined,
        connectUnregisterCloseCallback: () => undefined,
        ...handlers,
      }),
    );
    session.server = server;
    servers.push(server);
    transport.start();
  });
  try {
    await body(`qemu+unix:///system?socket=${path}`, directory);
  } finally {
    for (const server of servers) server.close();
    await rm(directory, { recursive: true });
  }
}

async function virsh(uri: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("virsh", ["-q", "-k", "1", "-c", uri, ...args], {
    env: { ...process.env, LC_ALL: "C" },
  });
  return stdout;
}

const dom = { name: "vm", uuid: new Uint8Array(16).fill(1), id: 4 };
const pool = { name: "p", uuid: new Uint8Array(16).fill(2) };
const vol = { pool: "p", name: "v", key: "/p/v" };
const volumes: Served = {
  storagePoolLookupByName: () => ({ pool }),
  storagePoolIsActive: () => ({ active: 1 }),
  storageVolLookupByName: () => ({ vol }),
};

test("stock virsh speaks with our server: lists, errors, streams in both directions, holes", { skip }, async () => {
  const content = Buffer.alloc(1_234_567, "0123456789");
  const uploaded = deferred<Buffer>();
  const holes = deferred<bigint>();
  const handlers: Served = {
    ...volumes,
    connectListAllDomains: () => ({ domains: [dom], ret: 1 }),
    domainGetState: async () => ({ state: 1, reason: 1 }),
    domainLookupByName: () => ({ dom }),
    storageVolDownload({ flags }, { stream }) {
      stream.serve(async (io) => {
        await io.write(content);
        if (flags === 1) await io.hole(1_000_000n);
      });
    },
    storageVolUpload({ flags }, { stream }) {
      stream.serve(async (io) => {
        const { bytes, hole } = await bytesOf(io.chunks);
        if (flags === 1) holes.resolve(hole);
        else uploaded.resolve(bytes);
      });
    },
  };
  await serving(handlers, async (uri, directory) => {
    assert.match(await virsh(uri, "list"), /^ 4 +vm +running\n/);
    await assert.rejects(virsh(uri, "domtime", "vm"), /not supported by the connection driver: virDomainGetTime/);
    const file = join(directory, "content");
    await virsh(uri, "vol-download", "v", file, "--pool", "p");
    assert.ok((await readFile(file)).equals(content));
    await virsh(uri, "vol-download", "v", file, "--pool", "p", "--sparse");
    assert.equal((await readFile(file)).length, content.length + 1_000_000);
    await writeFile(file, content);
    await virsh(uri, "vol-upload", "v", file, "--pool", "p");
    assert.ok((await uploaded.promise).equals(content));
    await run("truncate", ["-s", "50M", file]);
    await virsh(uri, "vol-upload", "v", file, "--pool", "p", "--sparse");
    assert.ok((await holes.promise) > 40_000_000n);
  });
});

test("stock virsh hands its descriptors to our server", { skip }, async () => {
  const received = deferred<readonly number[]>();
  const handlers: Served = {
    domainLookupByName: () => ({ dom: { ...dom, id: -1 } }),
    domainCreateWithFiles(_args, call) {
      const fds = call.takeFds();
      received.resolve(fds);
      for (const fd of fds) new OwnedDescriptor(fd).close();
      return { dom };
    },
    domainGetInfo: () => ({ state: 5, maxMem: 1n, memory: 1n, nrVirtCpu: 1, cpuTime: 0n }),
  };
  await serving(handlers, async (uri) => {
    const command = `exec 7</dev/null 8</dev/null; virsh -q -c '${uri}' start vm --pass-fds 7,8`;
    await run("bash", ["-c", command]);
    assert.equal((await received.promise).length, 2);
  });
});

test("stock virsh gets our events", { skip }, async () => {
  // virsh drops an event that overtakes its own noting of the reply, so the event is sent until it has been heard.
  let sending: NodeJS.Timeout | undefined;
  const handlers: Served = {
    domainLookupByName: () => ({ dom }),
    connectDomainEventCallbackRegisterAny: (_args, { session }) => {
      sending = setInterval(() => {
        session.server?.sendEvent(remote, domainEventsEvents.domainEventCallbackLifecycle, {
          callbackId: 1,
          msg: { dom, event: DomainEventType.started, detail: 0 },
        });
      }, 10);
      return { callbackId: 1 };
    },
    connectDomainEventCallbackDeregisterAny: () => clearInterval(sending),
  };
  try {
    await serving(handlers, async (uri) => {
      const said = await virsh(uri, "event", "--domain", "vm", "--event", "lifecycle", "--timeout", "20");
      assert.match(said, /event 'lifecycle' for domain 'vm': Started Booted/);
    });
  } finally {
    clearInterval(sending);
  }
});
