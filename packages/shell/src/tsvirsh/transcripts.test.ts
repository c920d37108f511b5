// Transcripts of stock virsh on libvirt's test driver, against tsvirsh on a server that answers as that driver does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ErrorCode, parseUuid, virtError } from "@tsvirt/base";
import { type Connection, DomainMemoryStatTags, DomainState, VcpuState } from "@tsvirt/client";
import { connectInMemory } from "@tsvirt/client/testing";
import { capturedIo } from "../../testing/captured-io.ts";
import { lineTokens } from "../vsh/tokenizer.ts";
import { runTsvirsh } from "./program.ts";

interface Transcript {
  readonly command: string;
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function parseTranscripts(text: string): readonly Transcript[] {
  return text
    .split(/^== /m)
    .slice(1)
    .map((part) => {
      const command = part.slice(0, part.indexOf("\n"));
      const body = part.slice(command.length + 1);
      const [, out = "", status = "", err = ""] = /^([\s\S]*?)status (\d+)\n(?:----\n([\s\S]*))?$/.exec(body) ?? [];
      return { command, status: Number(status), out, err };
    });
}

const fixture = new URL("../../fixtures/virsh-test-driver.txt", import.meta.url);
const transcripts = parseTranscripts(await readFile(fixture, "utf8"));
const document = transcripts.find(({ command }) => command === "dumpxml test")?.out.replace(/\n$/, "") ?? "";

const uuid = parseUuid("6695eb01-f6a4-8304-79aa-97f2502e193f") ?? new Uint8Array(16);
const chars = (text: string): Uint8Array => Uint8Array.from([...text, "\0"].map((char) => char.charCodeAt(0)));
const tags = DomainMemoryStatTags;

/** libvirt's test driver, as far as the transcripts go: one guest, one network. */
function testDriver(readOnly: boolean): Connection {
  let running = true;
  let paused = false;
  const dom = () => ({ name: "test", uuid, id: running ? 1 : -1 });
  const net = { name: "default", uuid: parseUuid("dd8fe884-6c02-601e-7551-cca97df1c5df") ?? new Uint8Array(16) };
  const noDomain = () => {
    throw virtError(ErrorCode.noDomain);
  };
  const mustRun = () => {
    if (!running) throw virtError(ErrorCode.operationInvalid, "domain is not running");
  };
  return connectInMemory(
    () => ({
      remote: {
        connectGetType: () => ({ type: "TEST" }),
        connectGetVersion: () => ({ hvVer: 2n }),
        connectGetHostname: () => ({ hostname: "vm" }),
        connectGetMaxVcpus: () => ({ maxVcpus: 32 }),
        nodeGetFreeMemory: () => ({ freeMem: 3072n * 1024n }),
        nodeGetInfo: () => ({
          model: chars("i686".padEnd(31, "\0")),
          memory: 3145728n,
          cpus: 16,
          mhz: 1400,
          nodes: 2,
          sockets: 2,
          cores: 2,
          threads: 2,
        }),
        nodeGetCpuMap: ({ needMap }) => ({ cpumap: Uint8Array.of(needMap === 0 ? 0 : 0b10101), online: 3, ret: 8 }),
        nodeGetSecurityModel: () => ({ model: chars("testSecurity"), doi: chars("") }),
        connectListAllDomains: ({ flags }) => {
          const wanted = running ? (flags & 1) !== 0 : (flags & 2) !== 0;
          return { domains: wanted ? [dom()] : [], ret: wanted ? 1 : 0 };
        },
        domainLookupById: ({ id }) => (id === 1 && running ? { dom: dom() } : noDomain()),
        domainLookupByName: ({ name }) => (name === "test" ? { dom: dom() } : noDomain()),
        domainLookupByUuid: () => ({ dom: dom() }),
        domainGetState: () => ({
          state: running ? (paused ? DomainState.paused : DomainState.running) : DomainState.shutoff,
          reason: running ? 0 : 1,
        }),
        domainGetInfo: () => ({
          state: DomainState.running,
          maxMem: 8388608n,
          memory: 2097152n,
          nrVirtCpu: 2,
          cpuTime: 1795539638_200000000n,
        }),
        domainGetOsType: () => ({ type: "linux" }),
        domainIsPersistent: () => ({ persistent: 1 }),
        domainIsActive: () => ({ active: running ? 1 : 0 }),
        domainGetAutostart: () => ({ autostart: 0 }),
        domainSetAutostart: () => undefined,
        domainHasManagedSaveImage: () => ({ result: 0 }),
        domainGetSecurityLabel: () => ({ label: chars("libvirt-test"), enforcing: 1 }),
        domainGetMessages: () => ({ msgs: [] }),
        domainGetXmlDesc: () => ({ xml: document }),
        domainGetControlInfo: () => ({ state: 0, details: 0, stateTime: 0n }),
        domainGetMetadata: () => {
          throw virtError(ErrorCode.noDomainMetadata, "Requested metadata element is not present");
        },
        domainGetVcpus: () => ({
          info: [0, 1].map((number) => ({
            number,
            state: VcpuState.running,
            cpuTime: 179553_900000000n,
            cpu: 15,
          })),
          cpumaps: Uint8Array.of(255, 255),
        }),
        domainGetVcpusFlags: () => ({ num: 2 }),
        domainMemoryStats: () => ({
          stats: [
            { tag: tags.actualBalloon, val: 2097152n },
            { tag: tags.swapIn, val: 0n },
            { tag: tags.swapOut, val: 0n },
            { tag: tags.majorFault, val: 0n },
            { tag: tags.minorFault, val: 0n },
            { tag: tags.unused, val: 1048576n },
            { tag: tags.available, val: 2097152n },
            { tag: tags.usable, val: 1048576n },
            { tag: tags.lastUpdate, val: 627319920n },
            { tag: tags.diskCaches, val: 262144n },
            { tag: tags.hugetlbPgalloc, val: 0n },
            { tag: tags.hugetlbPgfail, val: 0n },
            { tag: tags.rss, val: 1048576n },
          ],
        }),
        connectGetAllDomainStats: () => ({
          retStats: [
            {
              dom: dom(),
              params: [
                { field: "state.state", value: { type: "int", value: 1 } },
                { field: "state.reason", value: { type: "int", value: 0 } },
              ],
            },
          ],
        }),
        domainSetMemoryFlags: () => undefined,
        domainSuspend: () => {
          mustRun();
          paused = true;
        },
        domainResume: () => {
          mustRun();
          if (!paused) throw virtError(ErrorCode.internalError, "domain 'test' not paused");
          paused = false;
        },
        domainDestroy: () => {
          mustRun();
          running = false;
        },
        connectListAllNetworks: () => ({ nets: [net], ret: 1 }),
        networkLookupByName: ({ name }) => {
          if (name === "default") return { net };
          throw virtError(ErrorCode.noNetwork, `no network with matching name '${name}'`);
        },
        networkIsActive: () => ({ active: 1 }),
        networkIsPersistent: () => ({ persistent: 1 }),
        networkGetAutostart: () => ({ autostart: 0 }),
        networkGetBridgeName: () => ({ name: "virbr0" }),
      },
    }),
    { readOnly, uri: "test:///default" },
  );
}

function wordsOf(line: string): readonly string[] {
  const tokens = lineTokens(line);
  const words: string[] = [];
  for (let token = tokens.next(); token; token = tokens.next()) if (token.kind === "word") words.push(token.text);
  return words;
}

async function run(words: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, said } = capturedIo();
  const status = await runTsvirsh(words, io, "virsh", async (_, { readOnly }) => testDriver(readOnly === true));
  return { status, ...said };
}

for (const { command, ...expected } of transcripts) {
  test(`virsh ${command}`, async () => {
    assert.deepEqual(await run(wordsOf(command)), expected);
  });
}

for (const { command, status } of transcripts) {
  if (status !== 0 || command.includes(";") || command === "quit") continue;
  test(`${command} as JSON is one value on one line`, async () => {
    const { out, err } = await run(["--output", "json", ...wordsOf(command)]);
    assert.equal(err, "");
    assert.match(out, /^[[{].*\n$/);
    assert.equal(typeof JSON.parse(out), "object");
  });
}

test("JSON has the values, not their texts", async () => {
  const list: unknown = JSON.parse((await run(["list", "--all", "--output=json"])).out);
  const uuidText = "6695eb01-f6a4-8304-79aa-97f2502e193f";
  assert.deepEqual(list, [{ id: 1, name: "test", state: "running", uuid: uuidText }]);
  const info: unknown = JSON.parse((await run(["--output", "json", "net-info", "default"])).out);
  assert.deepEqual(info, {
    name: "default",
    uuid: "dd8fe884-6c02-601e-7551-cca97df1c5df",
    active: true,
    persistent: true,
    autostart: false,
    bridge: "virbr0",
  });
});

test("a failure in JSON mode is an error text and a status", async () => {
  assert.deepEqual(await run(["--output", "json", "domid", "nosuch"]), {
    status: 1,
    out: "",
    err: "error: failed to get domain 'nosuch'\n",
  });
  assert.equal((await run(["--output", "yaml", "list"])).status, 1);
});
