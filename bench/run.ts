// `npm run bench`: tsvirtd beside stock libvirtd, through this project's own client, in one run.
//
//   npm run bench -- [--rounds N] [--alone]
//
// Samples of the two daemons alternate, so that what else the machine does falls on both. Compare numbers of one run only.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Connection, connect } from "@tsvirt/client";
import { Daemon, type DaemonKind } from "../test/support/daemon.ts";
import { Sandbox } from "../test/support/sandbox.ts";
import { tinyGuest } from "../test/support/tiny-guest.ts";
import { milliseconds, Report } from "./measure.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, alone: { type: "boolean", default: false } },
});
const ROUNDS = Number(values.rounds);

/** A daemon that is measured. */
interface Subject {
  readonly kind: DaemonKind;
  readonly sandbox: Sandbox;
  readonly daemon: Daemon;
  readonly uri: string;
  readonly connection: Connection;
  /** A definition whose guest can be started. */
  readonly guest: string;
}

async function subject(kind: DaemonKind): Promise<Subject> {
  const sandbox = await Sandbox.open();
  const daemon = await Daemon.start(sandbox, kind);
  const uri = `qemu+unix:///system?socket=${sandbox.outside("/run/libvirt/libvirt-sock")}`;
  const connection = await connect(uri);
  return { kind, sandbox, daemon, uri, connection, guest: await tinyGuest(sandbox, "bench") };
}

const CONNECTS = 50;
const CALLS = 500;
const DEFINES = 50;

/** One sample of everything. */
async function sample({ kind, daemon, uri, connection, guest }: Subject, report: Report): Promise<void> {
  const add = (name: string, unit: string, value: number) => report.add(name, unit, kind, value);

  const connecting = await milliseconds(async () => {
    for (let count = 0; count < CONNECTS; count++) await (await connect(uri)).close();
  });
  add("connect and open", "ms", connecting / CONNECTS);

  const calling = await milliseconds(async () => {
    for (let count = 0; count < CALLS; count++) await connection.remote.connectGetLibVersion(undefined);
  });
  add("call", "ms", calling / CALLS);
  const pipelining = await milliseconds(() =>
    Promise.all(Array.from({ length: CALLS }, () => connection.remote.connectGetLibVersion(undefined))),
  );
  add("calls, pipelined", "calls/s", (CALLS / pipelining) * 1000);

  const defining = await milliseconds(async () => {
    for (let count = 0; count < DEFINES; count++) {
      await connection.domainDefineXml(guest.replace("<name>bench<", `<name>many${count}<`));
    }
  });
  add("define", "definitions/s", (DEFINES / defining) * 1000);
  const listing = await milliseconds(() => connection.listAllDomains());
  add(`list ${DEFINES}`, "ms", listing);
  const undefining = await milliseconds(async () => {
    for (const domain of await connection.listAllDomains()) await domain.undefine();
  });
  add("undefine", "definitions/s", (DEFINES / undefining) * 1000);

  const domain = await connection.domainDefineXml(guest);
  add("start a guest", "ms", await milliseconds(() => domain.create()));
  add(
    "suspend and resume",
    "ms",
    await milliseconds(async () => {
      await domain.suspend();
      await domain.resume();
    }),
  );
  add("destroy a guest", "ms", await milliseconds(() => domain.destroy()));
  await domain.undefine();

  const resident = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${daemon.pid}/status`, "utf8"))?.[1];
  add("memory", "MB", Number(resident) / 1024);
}

const kinds: readonly DaemonKind[] = values.alone ? ["tsvirtd"] : ["libvirtd", "tsvirtd"];
const subjects: Subject[] = [];
const report = new Report();
try {
  for (const kind of kinds) subjects.push(await subject(kind));
  // The first round warms up: emulators are probed, code is compiled.
  for (const one of subjects) await sample(one, new Report());
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of subjects) await sample(one, report);
  }
  console.log(report.table(kinds));
} finally {
  for (const { connection, daemon, sandbox } of subjects) {
    await connection.close();
    await daemon.stop();
    await sandbox[Symbol.asyncDispose]();
  }
}
