import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { CHECKOUT } from "../sandbox.ts";
import { cpioArchive, type Member } from "./cpio.ts";

const run = promisify(execFile);

/** Kernel and initial file system of the Linux guest. */
export interface LinuxGuest {
  /** Debian's cloud kernel. */
  readonly kernel: string;
  /** busybox, the modules the guest's devices need, and init.sh; a compressed cpio archive. */
  readonly initrd: string;
}

/** Modules the guest loads, with what they need. */
const MODULES = ["button", "evdev", "virtio_pci", "virtio_net", "virtio_blk", "virtio_console", "virtio_balloon"];

/** The kernel package that `linux-image-cloud-amd64` stands for today; undefined where there is none, as on Ubuntu. */
async function kernelPackage(): Promise<string | undefined> {
  const find = async (): Promise<string | undefined> => {
    const { stdout } = await run("apt-cache", ["depends", "--important", "linux-image-cloud-amd64"]).catch(() => ({
      stdout: "",
    }));
    return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  };
  const known = await find();
  if (known !== undefined) return known;
  await run("apt-get", ["-q", "update"]);
  return find();
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Module name of a file: underscores, no suffix. */
function moduleName(path: string): string {
  return basename(path).replace(/\.ko$/, "").replaceAll("-", "_");
}

/** The modules asked for and what they depend on, dependencies first; a wanted one that the kernel has built in is left out. */
async function withDependencies(wanted: readonly string[], files: readonly string[]): Promise<readonly string[]> {
  const byName = new Map(files.filter((path) => path.endsWith(".ko")).map((path) => [moduleName(path), path]));
  const ordered: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const path = byName.get(name);
    if (path === undefined || ordered.includes(path)) return;
    // The module's own "depends=" note; the package carries no modules.dep.
    const note = /(?:^|\0)depends=([^\0]*)\0/.exec(await readFile(path, "latin1"))?.[1] ?? "";
    for (const needed of note.split(",")) await visit(needed.replaceAll("-", "_"));
    ordered.push(path);
  };
  for (const name of wanted) await visit(name);
  return ordered;
}

async function initialFiles(modules: readonly string[]): Promise<readonly Member[]> {
  const source = (name: string) => readFile(new URL(name, import.meta.url));
  const busybox = existsSync("/usr/bin/busybox") ? "/usr/bin/busybox" : "/bin/busybox";
  const applets = (await run(busybox, ["--list"])).stdout.trim().split("\n");
  const directories = ["bin", "dev", "etc", "modules", "proc", "root", "sys"];
  return [
    ...directories.map((path) => ({ path, mode: 0o755 })),
    { path: "init", mode: 0o755, content: await source("init.sh") },
    { path: "etc/udhcpc", mode: 0o755, content: await source("udhcpc.sh") },
    { path: "bin/busybox", mode: 0o755, content: await readFile(busybox) },
    ...applets
      .filter((name) => name !== "busybox")
      .map((name) => ({ path: `bin/${name}`, mode: 0o777, content: { linkTo: "busybox" } })),
    ...(await Promise.all(
      modules.map(async (path) => ({ path: `modules/${basename(path)}`, mode: 0o644, content: await readFile(path) })),
    )),
    {
      path: "modules/order",
      mode: 0o644,
      content: Buffer.from(modules.map((path) => `${basename(path)}\n`).join("")),
    },
  ];
}

/**
 * The Linux guest of the tests, made once and kept in .cache/guest: Debian's cloud kernel, downloaded as a package and unpacked
 * but not installed, and a busybox initrd. Needs apt and dpkg-deb. Skips the test where apt has no such kernel, and gives undefined.
 */
export async function linuxGuest(context: TestContext): Promise<LinuxGuest | undefined> {
  const cache = join(CHECKOUT, ".cache/guest");
  await mkdir(cache, { recursive: true });
  const key = createHash("sha256");
  for (const name of ["init.sh", "udhcpc.sh", "cpio.ts", "linux-guest.ts"])
    key.update(await readFile(new URL(name, import.meta.url)));
  const place = join(cache, key.digest("hex").slice(0, 12));
  const guest = { kernel: join(place, "vmlinuz"), initrd: join(place, "initrd.gz") };
  if (existsSync(guest.initrd)) return guest;
  const name = await kernelPackage();
  if (name === undefined) {
    context.skip("apt has no linux-image-cloud-amd64 here");
    return undefined;
  }
  const work = await mkdtemp(join(cache, "making-"));
  try {
    await run("apt-get", ["-q", "download", name], { cwd: work });
    const archive = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw new Error("apt-get downloaded nothing");
    await run("dpkg-deb", ["-x", archive, "x"], { cwd: work });
    const files = await filesBelow(join(work, "x"));
    const kernel = files.find((path) => basename(path).startsWith("vmlinuz-"));
    if (kernel === undefined) throw new Error(`no kernel in ${archive}`);
    const modules = await withDependencies(MODULES, files);
    const result = join(work, "result");
    await mkdir(result);
    await writeFile(join(result, "vmlinuz"), await readFile(kernel));
    await writeFile(join(result, "initrd.gz"), gzipSync(cpioArchive(await initialFiles(modules))));
    // Another run may have been faster.
    await rename(result, place).catch((error: unknown) => {
      if (!existsSync(guest.initrd)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return guest;
}
