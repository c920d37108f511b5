// Documents of every kind that the declarations can say, changed at random: read, completed and written, with nothing but errors of ours.
// TSVIRT_FUZZ sets the number of documents (100,000 for the full run), TSVIRT_SEED the chance.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { arbitrary, mutate, mutations, type WalkableElement } from "@tsvirt/codec/xml/testing";
import fc from "fast-check";
import { Capabilities, DomainCapabilities } from "./capabilities/index.ts";
import { Domain, type DomainHooks, diff, formatDomain, parseDevice, parseDomain } from "./domain/index.ts";
import { HostInterface } from "./interface/index.ts";
import {
  Backup,
  Checkpoint,
  formatSnapshot,
  parseBackup,
  parseCheckpoint,
  parseSnapshot,
  Snapshot,
} from "./moment/index.ts";
import { formatNetwork, Network, NetworkPort, parseNetwork } from "./network/index.ts";
import { formatNodeDevice, NodeDevice, parseNodeDevice } from "./nodedev/index.ts";
import { Filter, FilterBinding, formatFilter, parseFilter, parseFilterBinding } from "./nwfilter/index.ts";
import { formatSecret, parseSecret, Secret } from "./secret/index.ts";
import { formatPool, formatVolume, Pool, parsePool, parseVolume, Volume } from "./storage/index.ts";

const DOCUMENTS = Number(process.env.TSVIRT_FUZZ ?? 3_000);
// Few documents are the same ones each time: how many of them are accepted is no matter of luck then.
const SEED = Number(
  process.env.TSVIRT_SEED ?? (process.env.TSVIRT_FUZZ === undefined ? 20_241 : Date.now() % 0x7fff_ffff),
);

interface Root extends WalkableElement<object> {
  format(value: object, options?: object): string;
  parse(text: string): object;
}

interface Kind {
  readonly root: Root;
  /** Reads a document and writes what was read. */
  readonly again: (xml: string) => string;
  /** More that is done with a document, if it can be read. */
  readonly also?: (xml: string) => void;
}

const hooks: DomainHooks = { defaultVideo: () => ({ model: { type: "vga", heads: 1 } }) };
const plain = (root: Root): Kind => ({ root, again: (xml) => root.format(root.parse(xml)) });

const kinds: Readonly<Record<string, Kind>> = {
  domain: {
    root: Domain,
    again: (xml) =>
      formatDomain(parseDomain(xml, { inactive: true, hooks }), { inactive: true, secure: true, unknown: true }),
    also(xml) {
      diff(xml, xml);
      formatDomain(parseDomain(xml, { hooks, abiUpdate: true }), { migratable: true });
      formatDomain(parseDomain(xml, { state: true }), { state: true });
    },
  },
  device: { root: Domain, again: (xml) => JSON.stringify(parseDevice(xml).device.kind) },
  network: { root: Network, again: (xml) => formatNetwork(parseNetwork(xml), { inactive: true }) },
  networkport: plain(NetworkPort),
  pool: { root: Pool, again: (xml) => formatPool(parsePool(xml)) },
  volume: { root: Volume, again: (xml) => formatVolume(parseVolume(xml, { pool: "dir" })) },
  secret: { root: Secret, again: (xml) => formatSecret(parseSecret(xml)) },
  snapshot: {
    root: Snapshot,
    again: (xml) => formatSnapshot(parseSnapshot(xml, { now: 1, hooks })),
    also: (xml) =>
      void formatSnapshot(parseSnapshot(xml, { redefine: true, internal: true, hooks }), { internal: true }),
  },
  checkpoint: { root: Checkpoint, again: (xml) => Checkpoint.format(parseCheckpoint(xml, { now: 1 })) },
  backup: { root: Backup, again: (xml) => Backup.format(parseBackup(xml)) },
  nodedev: { root: NodeDevice, again: (xml) => formatNodeDevice(parseNodeDevice(xml)) },
  nwfilter: { root: Filter, again: (xml) => formatFilter(parseFilter(xml)) },
  nwfilterbinding: { root: FilterBinding, again: (xml) => FilterBinding.format(parseFilterBinding(xml)) },
  interface: plain(HostInterface),
  capabilities: plain(Capabilities),
  domainCapabilities: plain(DomainCapabilities),
};

function filesIn(directory: string, isWanted: (name: string) => boolean): readonly string[] {
  const place = new URL(`../fixtures/${directory}/`, import.meta.url);
  return readdirSync(place)
    .filter((file) => file.endsWith(".xml") && isWanted(file.slice(0, -4)))
    .map((file) => readFileSync(new URL(file, place), "utf8"));
}

/** Documents to start from: what the declarations say, and for guests what people write. */
function seeds(
  name: string,
  { root }: Kind,
): { readonly made: readonly string[]; readonly written: readonly string[] } {
  const made = fc
    .sample(arbitrary(root, { maxElements: 2, maxDepth: 6 }), { numRuns: 40, seed: SEED })
    .map((value) => root.format(value, { state: true, secrets: true }))
    .filter((text) => text !== "");
  const written =
    root === Domain
      ? filesIn("domain", () => true)
      : filesIn("kinds", (file) => file === name || file.startsWith(`${name}-`));
  if (name !== "device") return { made, written };
  const devices = (text: string): string[] =>
    [...text.replace(/[\s\S]*<devices>/, "").matchAll(/^ {4}<(\w+)[^>]*[^/]>\n[\s\S]*?^ {4}<\/\1>/gm)].map(
      ([device]) => device,
    );
  return { made: made.flatMap(devices), written: written.flatMap(devices) };
}

function mayRefuse(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
  }
}

const share = Math.ceil(DOCUMENTS / (Object.keys(kinds).length + 4));
for (const [name, kind] of Object.entries(kinds)) {
  // Documents of guests are the largest by far.
  const runs = name === "domain" ? share * 5 : share;
  test(`${name}: ${runs} changed documents end in a document or an error of ours (seed ${SEED})`, () => {
    const { made, written } = seeds(name, kind);
    const documents = [made, written].filter((list) => list.length > 0).map((list) => fc.constantFrom(...list));
    assert.ok(documents.length > 0);
    for (const document of written) kind.again(document);
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(...documents), mutations, (document, changes) => {
        const text = mutate(document, changes);
        mayRefuse(() => {
          const once = kind.again(text);
          accepted++;
          if (name === "device") return;
          // What we wrote can be read.
          mayRefuse(() => void kind.again(once));
        });
        if (kind.also !== undefined) mayRefuse(() => kind.also?.(text));
      }),
      { numRuns: runs, seed: SEED, endOnFailure: process.env.TSVIRT_FUZZ !== undefined },
    );
    assert.ok(accepted > runs / 50, `only ${accepted} were accepted`);
    assert.equal(Object.keys(Object.prototype).length, 0);
  });
}
