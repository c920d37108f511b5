// tsvirsh on a terminal, and as a user's own: what only shows with a real terminal, a real guest, a real session daemon.
import assert from "node:assert/strict";
import { access, chmod, chown, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { CHECKOUT, type Sandbox, type Session, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";
import { WatchedText } from "../support/watched-text.ts";

const skip = sandboxObstacle() ?? false;
const tsvirsh = join(CHECKOUT, "bin/tsvirsh");
const TAB = "\t";
const UP = "\u001b[A";
const ESCAPE = "\u001d";

/** Starts tsvirsh on a terminal of its own. */
function terminal(sandbox: Sandbox, args: string): { readonly session: Session; readonly screen: WatchedText } {
  const session = sandbox.session(["script", "-qec", `exec ${tsvirsh} ${args}`, "/dev/null"], { TERM: "dumb" });
  return { session, screen: new WatchedText(session.stdout) };
}

test("tsvirsh on a terminal: prompts, completion, history", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const { session, screen } = terminal(sandbox, "");
    const type = (keys: string): void => void session.stdin.write(keys);
    await screen.find(/Welcome to tsvirsh, the virtualization interactive terminal\./);
    await screen.find(/virsh # /);
    type(`hostn${TAB}`);
    await screen.find(/hostname /);
    type("\r");
    await screen.find(/virsh # /);
    type(`net-info def${TAB}`);
    await screen.find(/net-info default /);
    type("\r");
    await screen.find(/Name: {11}default\r\n.*virsh # /s);
    type("nosuch 'a b'\r");
    await screen.find(/error: unknown command: 'nosuch'.*virsh # /s);
    type(`${UP}${UP}`);
    await screen.find(/net-info default/);
    type("\r");
    await screen.find(/Persistent: {5}yes.*virsh # /s);
    type("cd /tmp; pwd\r");
    await screen.find(/\/tmp\r\n.*virsh # /s);
    type("connect --readonly\r");
    await screen.find(/virsh > /);
    type("quit\r");
    assert.equal(await session.exited, 0);
    const history = await readFile(join(sandbox.root, "home/.cache/tsvirsh/history"), "utf8");
    assert.match(history, /^hostname \nnet-info default \nnosuch 'a b'\n/);
  });
});

test("tsvirsh console joins the terminal with the guest, until ^]", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    await sandbox.output([join(CHECKOUT, "bin/tsvirt"), "demo", "--write", "/var/lib/libvirt/images"]);
    await sandbox.output(["sh", "-c", "chmod 666 /var/lib/libvirt/images/*"]);
    await sandbox.output([tsvirsh, "define", "/var/lib/libvirt/images/demo.xml"]);
    const { session, screen } = terminal(sandbox, "start demo --console");
    await screen.find(/Domain 'demo' started/);
    await screen.find(/Connected to domain 'demo'\r\nEscape character is \^\] \(Ctrl \+ \]\)/);
    await screen.find(/Press a key/);
    session.stdin.write("k");
    await screen.find(/You pressed: k/);
    const second = await sandbox.run(["script", "-qec", `${tsvirsh} console demo`, "/dev/null"]);
    assert.match(second.stdout, /Active console session exists for this domain/);
    assert.equal(second.status, 1);
    session.stdin.write(ESCAPE);
    assert.equal(await session.exited, 0);
    assert.equal(await sandbox.output([tsvirsh, "domstate", "demo"]), "running\n\n");
    await sandbox.output([tsvirsh, "destroy", "demo"]);
  });
});

test("an event loop ends with the user's interrupt", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const { session, screen } = terminal(sandbox, "-q event --all --loop --timestamp");
    const ready = sandbox.session([tsvirsh, "--output", "json", "event", "--event", "lifecycle", "--loop"]);
    const lines = new WatchedText(ready.stdout);
    await sandbox.output([join(CHECKOUT, "bin/tsvirt"), "demo", "--write", "/var/lib/libvirt/images"]);
    await until(
      async () => {
        await sandbox.output([tsvirsh, "define", "/var/lib/libvirt/images/demo.xml"]);
        return /Defined/.test(screen.text) && /Defined/.test(lines.text);
      },
      { what: "both to listen" },
    );
    await screen.find(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: event 'lifecycle' for domain 'demo': Defined/);
    const [line] = await lines.find(/^\{.*\}$/m);
    const event: unknown = JSON.parse(line);
    assert.deepEqual(
      { ...(event as object), why: "" },
      { event: "lifecycle", domain: "demo", what: "Defined", why: "" },
    );
    session.stdin.write("\u0003");
    await screen.find(/event loop interrupted\r\nevents received: \d+/);
    assert.equal(await session.exited, 0);
    await ready.kill();
  });
});

/** Other users must be able to read the checkout. */
async function sessionObstacle(): Promise<string | false> {
  if (skip !== false) return skip;
  for (let path = CHECKOUT; path !== "/"; path = join(path, "..")) {
    if (((await stat(path)).mode & 0o005) !== 0o005) return `${path} is closed to other users`;
  }
  return false;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test("qemu:///session starts the user's own daemon, once for several clients", {
  skip: await sessionObstacle(),
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const uid = 54321;
    const home = join(sandbox.root, "home");
    const runtime = sandbox.outside(`/run/user/${uid}`);
    await mkdir(runtime, { recursive: true });
    for (const directory of [home, runtime]) {
      await chown(directory, uid, uid);
      await chmod(directory, 0o700);
    }
    const run = (...words: readonly string[]) =>
      sandbox.run(["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--", tsvirsh, ...words], {
        env: { HOME: home, XDG_RUNTIME_DIR: `/run/user/${uid}` },
      });
    const all = await Promise.all([1, 2, 3].map(() => run("-c", "qemu:///session", "uri")));
    assert.deepEqual(
      all.map(({ stdout, stderr }) => `${stdout}${stderr}`),
      ["qemu:///session\n\n", "qemu:///session\n\n", "qemu:///session\n\n"],
    );
    // Without a URI it is the user's own as well, and the daemon is the one that runs.
    assert.equal((await run("uri")).stdout, "qemu:///session\n\n");
    const socket = join(runtime, "libvirt/libvirt-sock");
    assert.ok(await exists(socket));
    const daemons = (await sandbox.processes()).filter((line) => line.includes("bin/tsvirtd"));
    assert.equal(daemons.length, 1, daemons.join("\n"));
    const inside = await readFile(join(runtime, "libvirt/libvirtd.pid"), "utf8");
    await sandbox.output(["kill", "-TERM", inside.trim()]);
    await until(async () => !(await exists(socket)), { what: "its end" });
  });
});
