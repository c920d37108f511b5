import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { type StandaloneCommandLine, standaloneCommandLine } from "./standalone.ts";

const facts = fakeHostFacts();
let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

function byHand(devices: string, settings = ""): StandaloneCommandLine {
  const domain = parseDomain(
    `<domain type='qemu'><name>hand</name><memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='q35'>hvm</type></os>${settings}<devices>${devices}</devices></domain>`,
    { inactive: true, hooks: qemuHooks(caps, facts) },
  );
  prepareStart(domain, caps, facts);
  return standaloneCommandLine(domain, caps, { now: 0, utcOffset: 0, isHostCdrom: () => false });
}

test("nothing is inherited, nothing is waited for, and no environment is imposed", () => {
  const { args, fds, env, notes } = byHand(
    "<serial type='unix'><source mode='bind' path='/run/s'/></serial><channel type='unix'><target type='virtio' name='a'/></channel>",
  );
  assert.deepEqual(fds, []);
  assert.deepEqual(env, {});
  assert.deepEqual(notes, []);
  const text = args.join("\n");
  assert.doesNotMatch(text, /^-S$|masterKey|\bfd=|no-shutdown/m);
  assert.match(text, /^socket,id=charmonitor,path=\.\/hand\.monitor,server=on,wait=off$/m);
  assert.match(text, /path=\.\/a,server=on/);
});

test("a bridge takes QEMU's helper, which the sandbox must let run", () => {
  const { args, notes } = byHand("<interface type='bridge'><source bridge='br0'/></interface>");
  assert.ok(args.includes(`{"type":"bridge","br":"br0","id":"hostnet0"}`), args.join("\n"));
  assert.equal(args[args.indexOf("-sandbox") + 1], "on,obsolete=deny,resourcecontrol=deny");
  assert.match(notes.join("\n"), /'allow br0'/);
});

test("a tap of the user's own is used, other networks become user networking", () => {
  const own = byHand("<interface type='ethernet'><target dev='tap7' managed='no'/></interface>");
  assert.ok(
    own.args.some((word) => word.includes(`"ifname":"tap7","script":"no"`)),
    own.args.join("\n"),
  );
  const other = byHand("<interface type='direct'><source dev='eth0' mode='bridge'/></interface>");
  assert.ok(other.args.includes(`{"type":"user","id":"hostnet0"}`));
  assert.match(other.notes.join("\n"), /hostnet0: .*'direct' on 'eth0'/);
  assert.equal(other.args[other.args.indexOf("-sandbox") + 1]?.includes("spawn=deny"), true);
});

test("secrets come from files, never from the command line", () => {
  const { args, notes } = byHand("<graphics type='vnc' port='5901' passwd='geheim'/>");
  assert.doesNotMatch(args.join("\n"), /geheim/);
  assert.ok(args.includes(`{"qom-type":"secret","id":"vnc-password0","file":"./hand.vnc-password0"}`));
  assert.match(notes.join("\n"), /'\.\/hand\.vnc-password0'/);
});

test("programs that must run before are named with their arguments", () => {
  const { notes, args } = byHand(
    `<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>
     <filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='t'/></filesystem>`,
    "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
  );
  assert.match(notes.join("\n"), /swtpm socket --tpm2 --tpmstate dir=DIR --ctrl type=unixio,path=\.\/hand\.swtpm/);
  assert.match(notes.join("\n"), /virtiofsd --socket-path=\.\/hand\.fs0\.virtiofsd --shared-dir=\/srv/);
  assert.ok(args.some((word) => word.includes("path=./hand.swtpm")));
});
