// tsvirtd as a user's own daemon.
import assert from "node:assert/strict";
import { access, chmod, chown, constants, mkdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withSandbox } from "../support/daemon.ts";
import { CHECKOUT, type CommandResult, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";

const uid = 54321;
const program = join(CHECKOUT, "bin/tsvirtd");

/** The user must be able to read the checkout. */
async function obstacle(): Promise<string | false> {
  const general = sandboxObstacle();
  if (general !== undefined) return general;
  for (let path = CHECKOUT; path !== "/"; path = join(path, "..")) {
    if (((await stat(path)).mode & 0o005) !== 0o005) return `${path} is closed to other users`;
  }
  await access(program, constants.X_OK);
  return false;
}
const skip = await obstacle();

async function user(sandbox: Sandbox): Promise<(...command: readonly string[]) => Promise<CommandResult>> {
  const home = join(sandbox.root, "home");
  const runtime = sandbox.outside(`/run/user/${uid}`);
  await mkdir(runtime, { recursive: true });
  for (const directory of [home, runtime]) {
    await chown(directory, uid, uid);
    await chmod(directory, 0o700);
  }
  await chmod(sandbox.outside("/run/user"), 0o755);
  // libvirt's client looks for "libvirtd" in the directory that this variable names.
  const programs = join(sandbox.root, "programs");
  await mkdir(programs);
  await symlink(program, join(programs, "libvirtd"));
  return (...command) =>
    sandbox.run(["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--", ...command], {
      env: { HOME: home, XDG_RUNTIME_DIR: `/run/user/${uid}`, LIBVIRTD_PATH: programs },
    });
}

test("stock virsh starts it for qemu:///session; it serves its user and ends with a signal", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const run = await user(sandbox);
    const uri = await run("virsh", "-c", "qemu:///session", "uri");
    assert.equal(uri.stdout, "qemu:///session\n\n", uri.stderr);
    const directory = sandbox.outside(`/run/user/${uid}/libvirt`);
    const modes = async (name: string): Promise<number> => (await stat(join(directory, name))).mode & 0o777;
    assert.equal(await modes(""), 0o700);
    assert.equal(await modes("libvirt-sock"), 0o700);
    assert.equal(await modes("virtqemud-sock"), 0o700);
    await assert.rejects(modes("libvirt-sock-ro"), { code: "ENOENT" });
    const pid = await readFile(join(directory, "libvirtd.pid"), "utf8");
    assert.match(pid, /^\d+$/);
    const admin = await run("virt-admin", "-c", "libvirtd:///session", "srv-list");
    assert.match(admin.stdout, /libvirtd/, admin.stderr);
    await run("kill", "-TERM", pid);
    await until(
      () =>
        access(join(directory, "libvirt-sock")).then(
          () => false,
          () => true,
        ),
      { what: "its end" },
    );
  });
});
