import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDomain } from "../document.ts";
import type { Domain } from "../domain.ts";

function parse(inside: string): Domain {
  const xml = `<domain type='qemu'><name>t</name><memory>65536</memory><vcpu>8</vcpu>${inside}
<os><type arch='x86_64'>hvm</type></os></domain>`;
  return parseDomain(xml, { inactive: true, hooks: {} });
}

const cells = (...inside: readonly string[]): string =>
  `<cpu><numa>${inside.map((text) => `<cell memory='32768' ${text}/>`).join("")}</numa></cpu>`;
const two = cells("cpus='0-3'", "cpus='4-7'");
const withCell = (inside: string): string => {
  const first = `<cell id='0' cpus='0-3' memory='32768'>${inside}</cell>`;
  return `<cpu><numa>${first}<cell id='1' cpus='4-7' memory='32768'/></numa></cpu>`;
};
const linked = (links: string, target = ""): string => {
  const cell = `<cell id='0' cpus='0-7' memory='32768'/><cell id='1' memory='32768'>${target}</cell>`;
  return `<cpu><numa>${cell}<interconnects>${links}</interconnects></numa></cpu>`;
};
const link = (rest: string): string => `<latency type='access' value='5' ${rest}/>`;
const cache = (level: number): string =>
  `<cache level='${level}' associativity='direct' policy='writeback'><size value='10'/><line value='8'/></cache>`;

const refused: Readonly<Record<string, readonly [inside: string, says: RegExp]>> = {
  "cells without a cell": ["<cpu><numa/></cpu>", /NUMA topology defined without NUMA cells/],
  "a cell beyond the last": [cells("id='0'", "id='5'"), /Exactly one 'cell' element per guest NUMA cell/],
  "one cell twice": [cells("id='1'", "id='1'"), /Duplicate NUMA cell info for cell id '1'/],
  "a CPU in two cells": [cells("cpus='0-3'", "cpus='3-7'"), /NUMA cells 1 and 0 have overlapping vCPU ids/],
  "more CPUs than there are": [cells("cpus='0-9'"), /Number of CPUs in <numa> exceeds the <vcpu> count/],
  "a CPU that there is not": [cells("cpus='9'"), /CPU IDs in <numa> exceed the <vcpu> count/],
  "distances to nowhere": [withCell("<distances/>"), /NUMA distances defined without siblings/],
  "a distance to a cell that is not there": [
    withCell("<distances><sibling id='7' value='20'/></distances>"),
    /'sibling_id 7' does not refer to a valid cell within NUMA 'cell id 0'/,
  ],
  "a distance as short as to itself": [
    withCell("<distances><sibling id='1' value='10'/></distances>"),
    /'value 10' is invalid for 'sibling id 1' under NUMA 'cell id 0'/,
  ],
  "a fourth level of caches": [withCell(cache(4)), /Ain't nobody heard of that much cache level/],
  "a level twice": [withCell(cache(1) + cache(1)), /Cache level '1' already defined/],
  "a link from nowhere": [linked(link("initiator='9' target='0'")), /'initiator' refers to a non-existent NUMA node/],
  "a link to nowhere": [linked(link("initiator='0' target='9'")), /'target' refers to a non-existent NUMA node/],
  "a link from where no CPU is": [
    linked(link("initiator='1' target='0'")),
    /NUMA nodes without CPUs can't be initiator/,
  ],
  "a link to no cache": [
    linked(link("initiator='0' target='1' cache='2'"), cache(1)),
    /'cache' refers to a non-existent NUMA node cache/,
  ],
  "a link twice": [
    linked(link("initiator='0' target='1'") + link("initiator='0' target='1'")),
    /Duplicate info for NUMA latencies/,
  ],
  "two places for the memory": ["<numatune/><numatune/>", /only one numatune is supported/],
  "an empty set of nodes": ["<numatune><memory nodeset='1,^1'/></numatune>", /Invalid value of 'nodeset'/],
  "a fixed place that is not said": [
    "<numatune><memory mode='strict'/></numatune>",
    /nodeset for NUMA memory tuning must be set if 'placement' is 'static'/,
  ],
  "a node for a cell that numad places": [
    `${two}<numatune><memory placement='auto'/><memnode cellid='0' nodeset='0'/></numatune>`,
    /Per-node binding is not compatible with automatic NUMA placement/,
  ],
  "a node for no cell": [
    "<numatune><memnode cellid='0' nodeset='0'/></numatune>",
    /Element 'memnode' is invalid without any guest NUMA cells/,
  ],
  "a node for a cell that is not there": [
    `${two}<numatune><memnode cellid='2' nodeset='0'/></numatune>`,
    /'cellid' in memnode element must correspond to existing guest's NUMA cell/,
  ],
  "two nodes for a cell": [
    `${two}<numatune><memnode cellid='1' nodeset='0'/><memnode cellid='1' nodeset='1'/></numatune>`,
    /Multiple memnode elements with cellid 1/,
  ],
  "a restriction of only the whole": [
    `${two}<numatune><memory mode='restrictive' nodeset='0'/><memnode cellid='1' nodeset='0'/></numatune>`,
    /'restrictive' mode is required in memnode element/,
  ],
};

for (const [name, [inside, says]] of Object.entries(refused)) {
  test(`NUMA: refuses ${name}`, () => assert.throws(() => parse(inside), says));
}

test("NUMA: a distance that one cell states is the other's too", () => {
  const { cpu } = parse(withCell("<distances><sibling id='1' value='21'/></distances>"));
  const distances = cpu?.numa?.cells.map((cell) => cell.distances?.siblings);
  const [first, second] = [
    [
      { id: 0, value: 10 },
      { id: 1, value: 21 },
    ],
    [
      { id: 0, value: 21 },
      { id: 1, value: 10 },
    ],
  ];
  assert.deepEqual(distances, [first, second]);
});

test("NUMA: cells are sorted, and what is not said of their memory is strict", () => {
  const { cpu, numatune } = parse(
    `${cells("id='1' cpus='0-3'", "id='0' cpus='4-7'")}<numatune><memory/><memnode cellid='1' nodeset='0'/></numatune>`,
  );
  assert.deepEqual(
    cpu?.numa?.cells.map(({ id, cpus }) => [id, cpus]),
    [
      [0, "4-7"],
      [1, "0-3"],
    ],
  );
  assert.deepEqual(numatune, { memnodes: [{ cellid: 1, mode: "strict", nodeset: "0" }] });
});

test("a label without a model is of the host's", () => {
  const read = (label: string, securityModel: string, inactive = true): Domain["seclabels"] => {
    const xml = `<domain type='qemu'><name>t</name><memory>65536</memory><os><type>hvm</type></os>${label}</domain>`;
    return parseDomain(xml, { inactive, hooks: { securityModel } }).seclabels;
  };
  assert.deepEqual(read("<seclabel type='dynamic'/>", "none"), [{ type: "none", model: "none" }]);
  assert.deepEqual(read("<seclabel type='none'/>", "selinux"), [{ type: "none", model: "selinux" }]);
  assert.deepEqual(read("<seclabel type='dynamic'/>", "selinux"), [
    { type: "dynamic", model: "selinux", relabel: true },
  ]);
  assert.throws(
    () => read("<seclabel type='static'><label>l</label></seclabel>", "selinux"),
    /missing security model in domain seclabel/,
  );
  assert.throws(() => read("<seclabel type='dynamic' relabel='no'/>", "none"), /must use resource relabeling/);
});
