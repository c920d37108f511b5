// Domain documents changed at random, completed by QEMU's rules and built into command lines, with nothing but errors of ours.
// TSVIRT_FUZZ sets the number of documents (100,000 for the full run), TSVIRT_SEED the chance.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { arbitrary, mutate, mutations } from "@tsvirt/codec/xml/testing";
import { Devices, formatDomain, parseDomain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeBuildContext, fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { buildCommandLine } from "./build.ts";

/** A tenth of what the documents alone get: a command line takes ten times as long. */
const DOCUMENTS = Math.ceil(Number(process.env.TSVIRT_FUZZ ?? 3_000) / 10);
// Few documents are the same ones each time: how many of them are accepted is no matter of luck then.
const SEED = Number(
  process.env.TSVIRT_SEED ?? (process.env.TSVIRT_FUZZ === undefined ? 20_241 : Date.now() % 0x7fff_ffff),
);

const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
const caps = await probeTranscript(await readFile(transcript, "utf8"));
const facts = fakeHostFacts();

function documents(): readonly string[] {
  const directory = new URL("../../fixtures/argv/", import.meta.url);
  const written = readdirSync(directory).filter((file) => file.endsWith(".xml"));
  return written.map((file) => readFileSync(new URL(file, directory), "utf8"));
}

/** True if a command line came out of it. */
function build(xml: string): boolean {
  try {
    const domain = parseDomain(xml, {
      inactive: true,
      hooks: qemuHooks(caps, facts, { abiUpdate: true }),
      abiUpdate: true,
    });
    formatDomain(domain, { inactive: true, secure: true });
    prepareStart(domain, caps, facts);
    buildCommandLine(domain, caps, fakeBuildContext());
    return true;
  } catch (error) {
    if (error instanceof VirtError) return false;
    throw error;
  }
}

test(`${DOCUMENTS} changed documents end in a command line or an error of ours (seed ${SEED})`, () => {
  let built = 0;
  fc.assert(
    fc.property(fc.constantFrom(...documents()), mutations, (document, changes) => {
      if (build(mutate(document, changes))) built++;
    }),
    { numRuns: DOCUMENTS, seed: SEED, endOnFailure: process.env.TSVIRT_FUZZ !== undefined },
  );
  assert.ok(built > DOCUMENTS / 20, `only ${built} were built`);
});

const guest = (machine: string, devices: string): string => `<domain type='qemu'>
  <name>generated</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='${machine}'>hvm</type></os>
  ${devices}
</domain>`;

test(`${DOCUMENTS} guests with one kind of generated devices end in a command line or an error of ours (seed ${SEED})`, () => {
  let built = 0;
  const kinds = Object.entries(Devices.fields).filter(([, { presence }]) => presence === "list");
  fc.assert(
    fc.property(
      arbitrary(Devices, { maxElements: 1, maxDepth: 5 }),
      fc.constantFrom(...kinds.map(([key]) => key)),
      fc.constantFrom("pc", "q35", "isapc", "microvm", "none", "nosuch"),
      (devices, kind, machine) => {
        const only = Object.fromEntries(
          Object.entries(devices).map(([key, value]) => [
            key,
            key === kind ? value : Array.isArray(value) ? [] : undefined,
          ]),
        );
        const xml = Devices.format({ ...devices, ...only }, { secrets: true });
        if (build(guest(machine, xml))) built++;
      },
    ),
    { numRuns: DOCUMENTS, seed: SEED, endOnFailure: process.env.TSVIRT_FUZZ !== undefined },
  );
  assert.ok(built > 0);
});
