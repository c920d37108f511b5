import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeHost } from "@tsvirt/host/testing";
import { helperMain } from "./helper.ts";

const UUID = "a0b1c2d3-0000-4000-8000-00000000000a";
const NAME = `libvirt-${UUID}`;
const PROFILE = `/etc/apparmor.d/libvirt/${NAME}`;
const LOADED = "/sys/kernel/security/apparmor/profiles";
const TEMPLATE =
  "#include <tunables/global>\n\nprofile LIBVIRT_TEMPLATE {\n  #include <abstractions/libvirt-qemu>\n}\n";

const document = (devices = "", uuid = UUID): string => `<domain type='qemu'>
  <name>vm</name><uuid>${uuid}</uuid><memory>65536</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`;
const disk = (path: string, more = ""): string =>
  `<disk type='file' device='disk'>${more}<source file='${path}'/><target dev='vda'/></disk>`;

let host: FakeHost;
let said: string;
let status = 0;

beforeEach(() => {
  host = new FakeHost();
  host.files.put("/etc/apparmor.d/libvirt/TEMPLATE.qemu", TEMPLATE);
  host.files.put(LOADED, "tsvirtd (enforce)\n");
  host.processes.helper("apparmor_parser", () => ({}));
});

async function run(args: string, xml = document()): Promise<void> {
  said = "";
  const note = (text: string): void => {
    said += text;
  };
  const argv = args === "" ? [] : args.split(" ");
  status = await helperMain(argv, { host, input: async () => xml, out: note, err: note, program: "helper" });
}

const file = (path: string): string | undefined => host.files.snapshot()[path];
const parsed = (): string[] => host.processes.runs.map(({ argv }) => argv.join(" "));

test("a profile is made from the template and loaded with the guest's rules", async () => {
  await run(`-c -u ${NAME}`, document(disk("/images/a")));
  assert.equal(status, 0, said);
  assert.match(
    file(PROFILE) ?? "",
    new RegExp(`^profile ${NAME} \\{\\n.*libvirt-qemu>\\n  #include <libvirt/${NAME}.files>`, "m"),
  );
  assert.match(file(`${PROFILE}.files`) ?? "", /^# .*\n(?: {2}".*\n)+ {2}"\/images\/a" rwk,\n$/);
  assert.deepEqual(parsed(), [`apparmor_parser -a ${PROFILE}`]);
});

test("the administrator's file is never written again", async () => {
  host.files.put(PROFILE, "mine\n");
  host.files.put(LOADED, `${NAME} (complain)\n`);
  await run(`-r -u ${NAME}`, document(disk("/images/b")));
  assert.equal(status, 0, said);
  assert.equal(file(PROFILE), "mine\n");
  assert.match(file(`${PROFILE}.files`) ?? "", /"\/images\/b" rwk/);
  assert.deepEqual(parsed(), [`apparmor_parser -r ${PROFILE}`]);
  await run(`-c -u ${NAME}`);
  assert.deepEqual([status, said], [1, "helper: error: profile exists\n"]);
});

test("a dry run shows the rules and does nothing", async () => {
  const before = host.files.snapshot();
  await run(`-dcu ${NAME}`, document(disk("/images/a")));
  assert.equal(status, 0);
  assert.ok(said.startsWith(`helper:\n${PROFILE}.files\nhelper:\n  "/var/log/libvirt/**/vm.log" w,\n`), said);
  assert.deepEqual(host.files.snapshot(), before);
  assert.deepEqual(parsed(), []);
});

test("a file is added to the document's rules, or to those there are", async () => {
  host.files.put(PROFILE, "mine\n");
  await run(`-r -u ${NAME} -f /images/one`, document(disk("/images/a")));
  const rules = file(`${PROFILE}.files`) ?? "";
  assert.match(rules, /"\/images\/a" rwk,\n {2}"\/images\/one" rwk,\n$/);
  await run(`--replace --uuid=${NAME} --append-file /run/vm/{,**}`);
  assert.equal(file(`${PROFILE}.files`), `${rules}  "/run/vm/{,**}" rwk,\n`);
});

test("images behind a disk are found in the images", async () => {
  const head = Buffer.alloc(200);
  head.writeUInt32BE(0x5146_49fb);
  head.writeUInt32BE(2, 4);
  head.writeBigUInt64BE(100n, 8);
  head.writeUInt32BE("base.raw".length, 16);
  // The header extension that says the format of what is behind.
  head.writeUInt32BE(0xe279_2aca, 72);
  head.writeUInt32BE(3, 76);
  head.write("raw", 80);
  head.write("base.raw", 100);
  host.files.put("/images/top", head);
  host.files.put("/images/base.raw", "");
  await run(`-d -r -u ${NAME}`, document(disk("/images/top", "<driver name='qemu' type='qcow2'/>")));
  assert.match(said, /"\/images\/top" rwk,\n {2}"\/images\/base.raw" rk,\n {2}deny "\/images\/base.raw" w,\n/);
  await run(`-d -r -u ${NAME}`, document(disk("/images/top")));
  assert.doesNotMatch(said, /base/, "what does not say that it is qcow2 is raw");
});

test("symbolic links are followed as far as there is something", async () => {
  await host.files.symlink("/data", "/images");
  await host.files.makeDirectory("/data/sub");
  await run(`-d -r -u ${NAME}`, document(disk("/images/sub/new/file")));
  assert.match(said, /"\/data\/sub\/new\/file" rwk/);
  await host.files.symlink("/etc/shadow", "/data/evil");
  await run(`-d -r -u ${NAME}`, document(disk("/images/evil")));
  assert.equal(status, 1);
  assert.match(said, /'\/images\/evil' cannot be given to a guest.*\nhelper: error: .*'\/etc\/shadow'/);
});

test("removal unloads, and takes the rules away, but not the administrator's file", async () => {
  host.files.put(PROFILE, "mine\n");
  host.files.put(`${PROFILE}.files`, "rules\n");
  host.processes.helper("apparmor_parser", () => ({ code: 234 }));
  await run(`-D -u ${NAME}`);
  assert.equal(status, 0, said);
  assert.deepEqual(parsed(), [`apparmor_parser -R ${PROFILE}`]);
  assert.equal(file(PROFILE), "mine\n");
  assert.equal(file(`${PROFILE}.files`), undefined);
});

test("a profile that does not load leaves nothing behind", async () => {
  host.processes.helper("apparmor_parser", () => ({ code: 1, stderr: "syntax error\n" }));
  await run(`-c -u ${NAME}`);
  assert.deepEqual(
    [status, said],
    [1, "helper: error: internal error: apparmor_parser exited with error: syntax error\n"],
  );
  assert.equal(file(PROFILE), undefined);
  assert.equal(file(`${PROFILE}.files`), undefined);
});

test("what is wrong with a call is said", async () => {
  const mistakes: readonly (readonly [string, RegExp])[] = [
    [`-u ${NAME}`, /bad command/],
    ["-c -u libvirt-../../x", /invalid UUID/],
    ["-c", /invalid UUID/],
    [`-c -p 1 -u ${NAME}`, /unsupported option/],
    [`-c --what -u ${NAME}`, /unsupported option/],
    ["-c -u", /requires an argument/],
    [`-r -u ${NAME}`, /profile does not exist/],
    [`-a -u ${NAME}`, /profile does not exist/],
    [`-R -u ${NAME}`, /profile does not exist/],
  ];
  for (const [args, message] of mistakes) {
    await run(args);
    assert.equal(status, 1, args);
    assert.match(said, message, args);
  }
  await run(`-c -u ${NAME}`, document("", "a0b1c2d3-0000-4000-8000-00000000000b"));
  assert.match(said, /given uuid does not match XML uuid/);
  await run(`-c -u ${NAME}`, "<domain/>");
  assert.equal(status, 1);
  await run("-h");
  assert.equal(status, 0);
});
