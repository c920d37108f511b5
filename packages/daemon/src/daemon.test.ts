import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, Logger, type LogRecord, silentLogger, VirtError } from "@tsvirt/base";
import type { Driver, Session } from "@tsvirt/driver";
import { FakeConnection, type FakeHelper, FakeHost } from "@tsvirt/host/testing";
import {
  AuthType,
  adminProgram,
  type Caller,
  ClientConnection,
  InternalFeature,
  remote,
  systemSchedule,
} from "@tsvirt/rpc";
import { type SocketRole, socketAccess } from "./config/access.ts";
import { LibvirtdConf } from "./config/libvirtd-conf.ts";
import { Daemon } from "./daemon.ts";
import { SocketTransport } from "./server/transport.ts";

class Client {
  readonly link: ClientConnection;
  readonly remote: Caller<typeof remote.procedures>;
  readonly admin: Caller<typeof adminProgram.procedures>;

  constructor(connection: FakeConnection) {
    const transport = new SocketTransport(connection);
    this.link = new ClientConnection({
      transport,
      log: silentLogger,
      schedule: systemSchedule,
      monotonic: () => performance.now(),
    });
    this.remote = this.link.caller(remote);
    this.admin = this.link.caller(adminProgram);
    transport.start(this.link, () => undefined);
  }
}

/** A daemon on a machine in memory, with a driver that knows one call. */
class Bench implements AsyncDisposable {
  readonly host = new FakeHost();
  readonly records: LogRecord[] = [];
  readonly sessions: Session[] = [];
  readonly daemon: Daemon;
  readonly driver: Driver;
  closedSessions = 0;
  idle = 0;
  filters = "";

  constructor(settings = "", timeout = 0) {
    const conf = LibvirtdConf.parse(settings, "test").values;
    this.daemon = new Daemon({
      conf,
      access: socketAccess(conf, true),
      host: this.host,
      log: new Logger("daemon", (record) => this.records.push(record)),
      logControl: {
        filters: { text: "1:*x*", count: 1 },
        outputs: { text: "3:stderr", count: 1 },
        setFilters: (text) => {
          this.filters = text;
        },
        setOutputs: () => Promise.resolve(),
      },
      timeout,
      onIdle: () => {
        this.idle++;
      },
    });
    const handlers = {
      connectGetHostname: () => ({ hostname: "bench" }),
      connectSupportsFeature: () => ({ supported: 0 }),
    };
    this.driver = {
      busy: false,
      connect: (session) => {
        this.sessions.push(session);
        return {
          remote: handlers as never,
          qemu: {} as never,
          close: async () => {
            this.closedSessions++;
          },
        };
      },
      reload: () => Promise.resolve(),
      autostart: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    this.daemon.serve(this.driver);
  }

  connect(role: SocketRole = "rw", uid = 0): Client {
    const [ours, theirs] = FakeConnection.pair({ pid: 100, uid, gid: uid, startTime: 5n });
    this.daemon.accept(theirs, role);
    return new Client(ours);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }

  pkcheck(answer: FakeHelper): void {
    this.host.processes.helper("pkcheck", answer);
  }
}

const hostname = (client: Client): Promise<string> =>
  client.remote.connectGetHostname(undefined).then((ret) => ret.hostname);
const code = (expected: ErrorCode, message?: string) => (error: unknown) => {
  assert.ok(error instanceof VirtError);
  assert.equal(error.code, expected);
  if (message !== undefined) assert.equal(error.message, message);
  return true;
};

test("root needs no authentication and is told so", async () => {
  await using bench = new Bench();
  const client = bench.connect();
  assert.deepEqual(await client.remote.authList(undefined), { types: [AuthType.none] });
  assert.equal(await hostname(client), "bench");
  await assert.rejects(
    client.remote.authPolkit(undefined),
    code(ErrorCode.internalError, "internal error: client tried invalid PolicyKit init request"),
  );
});

test("before authentication only the calls that authenticate work", async () => {
  await using bench = new Bench();
  bench.pkcheck(() => ({ code: 0 }));
  const client = bench.connect("rw", 1000);
  await assert.rejects(hostname(client), code(ErrorCode.rpc, "authentication required"));
  assert.deepEqual(await client.remote.authList(undefined), { types: [AuthType.polkit] });
  assert.deepEqual(await client.remote.authPolkit(undefined), { complete: 1 });
  assert.equal(await hostname(client), "bench");
  assert.deepEqual(bench.host.processes.runs[0]?.argv.slice(1), [
    "--action-id",
    "org.libvirt.unix.manage",
    "--process",
    "100,5,1000",
    "--allow-user-interaction",
  ]);
});

test("the read-only socket asks for the lesser right", async () => {
  await using bench = new Bench();
  bench.pkcheck(() => ({ code: 0 }));
  await bench.connect("ro", 1000).remote.authPolkit(undefined);
  assert.equal(bench.host.processes.runs[0]?.argv[2], "org.libvirt.unix.monitor");
});

for (const [status, expected, message] of [
  [1, ErrorCode.authFailed, "authentication failed: access denied by policy"],
  [
    2,
    ErrorCode.authUnavailable,
    "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
  ],
  [3, ErrorCode.authCancelled, "authentication cancelled: user cancelled authentication process"],
  [127, ErrorCode.authUnavailable, "authentication unavailable: polkit did not answer: no bus"],
] as const) {
  test(`polkit's answer ${status} is worded as libvirt does, and may be asked again`, async () => {
    await using bench = new Bench();
    let answer: { code: number; stderr: string } = { code: status, stderr: "x\nno bus\n" };
    bench.pkcheck(() => answer);
    const client = bench.connect("rw", 1000);
    await assert.rejects(client.remote.authPolkit(undefined), code(expected, message));
    await assert.rejects(hostname(client), code(ErrorCode.rpc));
    answer = { code: 0, stderr: "" };
    await client.remote.authPolkit(undefined);
    assert.equal(await hostname(client), "bench");
  });
}

test("authentication out of order ends the connection", async () => {
  await using bench = new Bench();
  bench.pkcheck(() => ({ code: 0 }));
  const client = bench.connect("rw", 1000);
  await client.remote.authPolkit(undefined);
  await assert.rejects(client.remote.authPolkit(undefined));
  await client.link.whenClosed;
  assert.equal(bench.closedSessions, 1);
});

test("without polkit nobody but root gets in, and it says why", async () => {
  await using bench = new Bench();
  const client = bench.connect("rw", 1000);
  await assert.rejects(client.remote.authPolkit(undefined), code(ErrorCode.authUnavailable));
});

test("SASL is asked for where configured, of root too, and refused honestly", async () => {
  await using bench = new Bench('auth_unix_rw = "sasl"');
  const client = bench.connect("rw", 0);
  assert.deepEqual(await client.remote.authList(undefined), { types: [AuthType.sasl] });
  await assert.rejects(client.remote.authSaslInit(undefined), code(ErrorCode.authFailed));
  await assert.rejects(hostname(client), code(ErrorCode.rpc, "authentication required"));
});

test("a socket that everybody can write to without authentication is refused", () => {
  const access = (settings: string, privileged = true): unknown =>
    socketAccess(LibvirtdConf.parse(settings, "x").values, privileged).rw;
  assert.deepEqual(access(""), { auth: "polkit", mode: 0o777 });
  assert.deepEqual(access("", false), { auth: "none", mode: 0o700 });
  assert.deepEqual(access('auth_unix_rw = "none"'), { auth: "none", mode: 0o700 });
  assert.deepEqual(access('auth_unix_rw = "none"\nunix_sock_rw_perms = "0770"'), { auth: "none", mode: 0o770 });
  assert.throws(() => access('auth_unix_rw = "none"\nunix_sock_rw_perms = "0777"'), code(ErrorCode.configUnsupported));
});

test("the admin socket lets in root and the daemon's own user", async () => {
  await using bench = new Bench();
  const refused = bench.connect("admin", 4_000_000);
  await refused.link.whenClosed;
  const client = bench.connect("admin", 0);
  assert.deepEqual(await client.admin.connectGetLibVersion(undefined), { libVer: 9_000_000n });
  await assert.rejects(hostname(client), code(ErrorCode.rpc), "the remote program is not there");
  await assert.rejects(bench.connect().admin.connectGetLibVersion(undefined), code(ErrorCode.rpc), "nor the other way");
});

test("features of this layer are answered here, others by the driver", async () => {
  await using bench = new Bench();
  const client = bench.connect();
  const ask = (feature: number): Promise<number> =>
    client.remote.connectSupportsFeature({ feature }).then((ret) => ret.supported);
  assert.deepEqual(await Promise.all([8, 10, 14, 15].map(ask)), [1, 1, 1, 1]);
  assert.equal(await ask(InternalFeature.migrationV3), 0);
});

test("20 silent connections lock nobody out: the oldest of the busiest user makes room", async () => {
  await using bench = new Bench();
  bench.pkcheck(() => ({ code: 0 }));
  const silent = Array.from({ length: 20 }, (_, i) => bench.connect("rw", 1000 + Math.floor(i / 10)));
  const late = bench.connect("rw", 1002);
  await late.remote.authPolkit(undefined);
  assert.equal(await hostname(late), "bench");
  await silent[0]?.link.whenClosed;
  assert.equal(silent.filter((each) => each.link.closed).length, 1);
  assert.equal(await hostname(bench.connect()), "bench");
});

test("at max_clients accepting stops until somebody leaves", async () => {
  await using bench = new Bench("max_clients = 2\nmax_anonymous_clients = 1");
  const states: string[] = [];
  const listener = {
    path: undefined,
    pause: () => void states.push("pause"),
    resume: () => void states.push("resume"),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  bench.daemon.addSockets([{ role: "rw", listener }]);
  const first = bench.connect();
  bench.connect();
  assert.equal(states.at(-1), "pause");
  first.link.close();
  await until(() => states.at(-1) === "resume");
});

test("virt-admin's calls: servers, clients, limits, workers, logging", async () => {
  await using bench = new Bench();
  const looker = bench.connect("ro", 0);
  await hostname(looker);
  const { admin } = bench.connect("admin");
  const srv = { name: "libvirtd" };
  assert.deepEqual(await admin.connectListServers({ needResults: 1, flags: 0 }), {
    servers: [{ name: "admin" }, { name: "libvirtd" }],
    ret: 2,
  });
  await assert.rejects(
    admin.connectLookupServer({ name: "__proto__", flags: 0 }),
    code(ErrorCode.noServer, "Server not found: No server named '__proto__'"),
  );
  const list = await admin.serverListClients({ srv, needResults: 1, flags: 0 });
  assert.equal(list.ret, 1);
  const info = await admin.clientGetInfo({ clnt: list.clients[0]!, flags: 0 });
  assert.deepEqual(
    info.params.map(({ field, value }) => [field, value.value]),
    [
      ["readonly", 1],
      ["unix_user_id", 0],
      ["unix_user_name", "root"],
      ["unix_group_id", 0],
      ["unix_group_name", "root"],
      ["unix_process_id", 100],
    ],
  );
  await admin.serverSetClientLimits({
    srv,
    params: [{ field: "nclients_max", value: { type: "uint", value: 30 } }],
    flags: 0,
  });
  await assert.rejects(
    admin.serverSetClientLimits({
      srv,
      params: [{ field: "nclients_max", value: { type: "uint", value: 3 } }],
      flags: 0,
    }),
    code(ErrorCode.invalidArg),
  );
  const limits = await admin.serverGetClientLimits({ srv, flags: 0 });
  assert.deepEqual(
    limits.params.map(({ field, value }) => [field, value.value]),
    [
      ["nclients_max", 30],
      ["nclients", 1],
      ["nclients_unauth_max", 20],
      ["nclients_unauth", 0],
    ],
  );
  await assert.rejects(
    admin.serverSetThreadpoolParameters({
      srv,
      params: [{ field: "maxWorkers", value: { type: "uint", value: 0 } }],
      flags: 0,
    }),
    code(ErrorCode.invalidArg, "invalid argument: minWorkers cannot be larger than maxWorkers"),
  );
  await admin.connectSetLoggingFilters({ filters: "1:qemu", flags: 0 });
  assert.equal(bench.filters, "1:qemu");
  assert.deepEqual(await admin.connectGetLoggingFilters({ flags: 0 }), { filters: "1:*x*", nfilters: 1 });
  await assert.rejects(admin.connectOpen({ flags: 1 }), code(ErrorCode.invalidArg));
  await admin.clientClose({ clnt: list.clients[0]!, flags: 0 });
  await looker.link.whenClosed;
  await assert.rejects(
    admin.serverLookupClient({ srv, id: 1n, flags: 0 }),
    code(ErrorCode.noClient, "Client not found: No client with matching ID '1'"),
  );
});

test("root may speak for somebody else, which is shown and grants nothing; others may not", async () => {
  await using bench = new Bench();
  bench.pkcheck(() => ({ code: 0 }));
  const params = [{ field: "user-name", value: { type: "string" as const, value: "joe" } }];
  const proxy = bench.connect();
  await proxy.remote.connectSetIdentity({ params, flags: 0 });
  const { admin } = bench.connect("admin");
  const { clients } = await admin.serverListClients({ srv: { name: "libvirtd" }, needResults: 1, flags: 0 });
  const info = await admin.clientGetInfo({ clnt: clients[0]!, flags: 0 });
  assert.equal(info.params.find(({ field }) => field === "unix_user_name")?.value.value, "joe");
  await assert.rejects(
    bench.connect("ro", 0).remote.connectSetIdentity({ params, flags: 0 }),
    code(ErrorCode.accessDenied),
  );
  const other = bench.connect("rw", 1000);
  await other.remote.authPolkit(undefined);
  await assert.rejects(other.remote.connectSetIdentity({ params, flags: 0 }), code(ErrorCode.accessDenied));
});

test("an idle daemon ends after its time, never while it has clients", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await using bench = new Bench("", 10);
  const client = bench.connect();
  context.mock.timers.tick(60_000);
  assert.equal(bench.idle, 0);
  client.link.close();
  await client.link.whenClosed;
  await until(() => bench.closedSessions === 1);
  context.mock.timers.tick(9_999);
  assert.equal(bench.idle, 0);
  context.mock.timers.tick(1);
  assert.equal(bench.idle, 1);
});

test("a client that sends half a message, or never authenticates, is sent away", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await using bench = new Bench();
  const [half, theirs] = FakeConnection.pair({ pid: 1, uid: 0, gid: 0, startTime: 1n });
  bench.daemon.accept(theirs, "rw");
  half.start({ data: () => undefined, closed: () => undefined });
  half.write(Uint8Array.of(0, 0, 0));
  await until(() => half.unread === 0 && half.pending === 0);
  const silent = bench.connect("rw", 1000);
  context.mock.timers.tick(119_999);
  assert.equal(half.closed, false);
  context.mock.timers.tick(1);
  await until(() => half.closed && silent.link.closed);
});

test("closing sends clients away and lets their sessions end", async () => {
  await using bench = new Bench();
  const clients = [bench.connect(), bench.connect("ro", 0)];
  await Promise.all(clients.map(hostname));
  await bench.daemon[Symbol.asyncDispose]();
  await Promise.all(clients.map((each) => each.link.whenClosed));
  assert.equal(bench.closedSessions, 2);
});

/** Everything in memory settles within a few turns. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}
