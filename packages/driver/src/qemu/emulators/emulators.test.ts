import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, mock, test } from "node:test";
import { ErrorCode, Logger, silentLogger, VirtError } from "@tsvirt/base";
import { Layout, Store } from "@tsvirt/host";
import { FakeHost } from "@tsvirt/host/testing";
import { legacyAnswers } from "@tsvirt/qemu/testing";
import { Emulators } from "./emulators.ts";

let host: FakeHost;
let emulators: Emulators;
let warnings: string[];

beforeEach(() => {
  host = new FakeHost();
  warnings = [];
  const layout = Layout.system();
  const log = new Logger("", ({ level, message, fields }) => {
    // The one path that is looked for outside the system's directories of programs is not there.
    if (level === "warn" && fields.path !== "/usr/libexec/qemu-kvm") warnings.push(message);
  });
  emulators = new Emulators(host, layout, log, new Store(host.files, layout.intentsDirectory));
});

const record = (name: string): Promise<string> =>
  readFile(new URL(`../../../../qemu/fixtures/legacy/${name}.txt`, import.meta.url), "utf8");

/** Installs a program that ends when it is asked by QMP, and prints what was recorded. */
async function install(path: string, name: string): Promise<void> {
  host.files.put(path, "#!", 0o755);
  const answer = legacyAnswers(await record(name));
  host.processes.helper(path.slice(path.lastIndexOf("/") + 1), ({ argv }) => answer(argv.slice(1)));
  host.processes.onLaunch = (child) => child.exit({ code: 1, signal: undefined });
}

/** Installs a program that does as `behave` says when it is asked, and prints nothing. */
function installBroken(path: string, behave: "hangs" | "ends"): void {
  host.files.put(path, "#!", 0o755);
  host.processes.helper(path.slice(path.lastIndexOf("/") + 1), () => ({ code: 1 }));
  host.processes.onLaunch = (child) => {
    if (behave === "ends") child.exit({ code: 1, signal: undefined });
  };
}

test("an emulator that ends when it is asked by QMP is known by its help, asked once and kept", async () => {
  await install("/usr/bin/qemu", "qemu-0.9.1");
  const [found] = await emulators.all(["i686"]);
  assert.equal(found?.path, "/usr/bin/qemu");
  assert.equal(found.capabilities.hasLegacy("drive"), true);
  assert.deepEqual(
    host.processes.runs.map(({ argv, noNewPrivileges }) => [argv.slice(1).join(" "), noNewPrivileges]),
    [
      ["-help", true],
      ["-M ?", true],
      ["-cpu ?", true],
    ],
  );
  await emulators.all(["i686"]);
  const again = new Emulators(host, Layout.system(), silentLogger, new Store(host.files, "/intents"));
  assert.equal((await again.all(["i686"]))[0]?.capabilities.version, 9_001);
  assert.equal(host.processes.children.length, 1);
  assert.equal(host.processes.runs.length, 3);
});

test("a broken emulator is left out with a warning, once until it changes; whoever names it is told", async () => {
  installBroken("/usr/bin/qemu-system-mips", "ends");
  assert.deepEqual(await emulators.all(["mips"]), []);
  assert.deepEqual(await emulators.all(["mips"]), []);
  assert.deepEqual(warnings, ["emulator left out"]);
  assert.equal(host.processes.children.length, 1);
  await assert.rejects(emulators.capabilities("/usr/bin/qemu-system-mips"), /Failed to probe QEMU binary with QMP/);
  assert.equal(host.processes.children.length, 2);
  await install("/usr/bin/qemu-system-mips", "qemu-1.1.2-ppc");
  host.files.put("/usr/bin/qemu-system-mips", "#!new", 0o755);
  assert.equal((await emulators.all(["mips"]))[0]?.path, "/usr/bin/qemu-system-mips");
});

test("an emulator that hangs is given up, ended, and not asked for its help", async () => {
  installBroken("/usr/bin/qemu-system-sparc", "hangs");
  const timeout = mock.method(AbortSignal, "timeout", () =>
    AbortSignal.abort(new DOMException("late", "TimeoutError")),
  );
  try {
    await assert.rejects(
      emulators.capabilities("/usr/bin/qemu-system-sparc"),
      (error) =>
        error instanceof VirtError &&
        error.code === ErrorCode.operationTimeout &&
        /qemu-system-sparc does not answer/.test(error.message),
    );
  } finally {
    timeout.mock.restore();
  }
  assert.deepEqual(
    host.processes.children.map(({ alive }) => alive),
    [false],
  );
  assert.deepEqual(host.processes.runs, []);
  // Lists do not wait for it again.
  assert.deepEqual(await emulators.all(["sparc"]), []);
  assert.equal(host.processes.children.length, 1);
});

test("a broken emulator hides none that could serve in its place", async () => {
  await install("/usr/bin/qemu", "qemu-0.9.1");
  host.files.put("/usr/bin/qemu-system-i386", "#!", 0o755);
  host.processes.helper("qemu-system-i386", () => ({ code: 1 }));
  assert.equal((await emulators.all(["i686"]))[0]?.path, "/usr/bin/qemu");
});

test("a program that cannot be executed is refused by name; one of old with a hint", async () => {
  host.files.put("/usr/bin/qemu-system-mips", "#!", 0o644);
  await assert.rejects(
    emulators.capabilities("/usr/bin/qemu-system-mips"),
    /Cannot check QEMU binary .*: Permission denied/,
  );
  await assert.rejects(
    emulators.capabilities("/usr/bin/qemu-kvm"),
    (error) =>
      error instanceof VirtError && /No such file/.test(error.message) && /qemu-system-x86_64/.test(error.hint ?? ""),
  );
});

test("KVM needs the device and an emulator that has it; why there is none is said", async () => {
  await install("/usr/bin/qemu-kvm", "kvm-72");
  assert.equal(await emulators.withKvm("x86_64"), undefined);
  assert.match(await emulators.whyNoKvm(), /does not exist/);
  host.files.put("/dev/kvm", "", 0o000);
  assert.match(await emulators.whyNoKvm(), /Permission denied/);
  host.files.put("/dev/kvm", "", 0o666);
  assert.equal((await emulators.withKvm("x86_64"))?.path, "/usr/bin/qemu-kvm");
  assert.equal((await emulators.withKvm("i686"))?.path, "/usr/bin/qemu-kvm");
  assert.equal(await emulators.withKvm("ppc"), undefined);
});

test("Xenner needs the device too", async () => {
  await install("/usr/bin/xenner", "xenner");
  assert.equal(await emulators.xenner(), undefined);
  host.files.put("/dev/kvm", "", 0o666);
  const found = await emulators.xenner();
  assert.equal(found?.path, "/usr/bin/xenner");
  assert.equal(found.capabilities.legacy?.xenner, true);
});
