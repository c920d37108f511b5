import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNeighbours } from "./linux-network.ts";

// Recorded from `ip -json neigh show` of iproute2 6.1 (Debian 12).
const recorded = `[{"dst":"192.168.122.45","dev":"virbr0","lladdr":"52:54:00:D2:D2:01","state":["REACHABLE"]},
{"dst":"192.168.122.46","dev":"virbr0","state":["FAILED"]},{"dst":"fe80::1","dev":"eth0","lladdr":"02:00:00:00:00:01","router":null,"state":["STALE"]}]`;

test("neighbours are those whose card is known", () => {
  assert.deepEqual(parseNeighbours(recorded), [
    { address: "192.168.122.45", mac: "52:54:00:d2:d2:01", interface: "virbr0" },
    { address: "fe80::1", mac: "02:00:00:00:00:01", interface: "eth0" },
  ]);
  assert.deepEqual(parseNeighbours(""), []);
});
