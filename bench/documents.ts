// Documents read and written again, and command lines built from them, per second: no daemon, no root.
//
//   npm run bench:documents -- [--rounds N]
//
// The documents are those of a corpus with a manifest: $TSVIRT_CORPUS, or ../../shared/corpus beside the checkout, or else the
// repository's own fixtures. Each figure stands beside a floor taken in the same rounds: what it costs to split the same text into
// tags, attributes and text with a regular expression. Compare numbers of one run only, ratios of several.
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { VirtError } from "@tsvirt/base";
import { type Domain, formatDomain, parseDomain } from "@tsvirt/model/domain";
import { buildCommandLine, capabilitiesOfReplies, prepareStart, type QemuCapabilities, qemuHooks } from "@tsvirt/qemu";
import { type HostProfile, readHostProfile } from "../packages/shell/src/tsvirt/host-profile.ts";
import { root } from "../scripts/lib/files.ts";
import { median } from "./measure.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const ROUNDS = Number(values.rounds);

/** What a round does, once per document. */
interface Job {
  readonly text: string;
  run(): void;
}

interface Row {
  readonly suite: string;
  readonly input: string;
  readonly expect: string;
  readonly caps?: string;
  readonly capsKind?: string;
  readonly host?: string;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The corpus's domain documents, and those of them that make a command line with capabilities of a real QEMU. */
async function corpusJobs(corpus: string): Promise<Jobs> {
  const lines = (await readFile(join(corpus, "manifest.jsonl"), "utf8")).split("\n").filter((line) => line !== "");
  const rows = lines
    .map((line) => JSON.parse(line) as Row)
    .filter(({ suite, expect }) => suite === "qemuxml2argv" && expect === "success");
  const texts = new Map<string, string>();
  for (const { input } of rows) texts.set(input, await readFile(join(corpus, "data", input), "utf8"));
  const capabilities = new Map<string, QemuCapabilities>();
  const hosts = new Map<string, HostProfile>();
  const argv: Job[] = [];
  for (const { input, caps, capsKind, host } of rows) {
    const text = texts.get(input);
    if (text === undefined || caps === undefined || host === undefined || capsKind !== "replies") continue;
    let probed = capabilities.get(caps);
    if (probed === undefined) {
      probed = await capabilitiesOfReplies(await readFile(join(corpus, "data", caps), "utf8"));
      capabilities.set(caps, probed);
    }
    let profile = hosts.get(host);
    if (profile === undefined) {
      profile = await readHostProfile(join(corpus, "data", host));
      hosts.set(host, profile);
    }
    argv.push({ text, run: argvJob(text, probed, profile) });
  }
  return { documents: [...texts.values()].map(documentJob), argv };
}

function argvJob(text: string, capabilities: QemuCapabilities, host: HostProfile): () => void {
  return () => {
    const domain = parseDomain(text, { inactive: true, hooks: qemuHooks(capabilities, host.facts) });
    prepareStart(domain, capabilities, host.facts);
    host.prepare(domain);
    buildCommandLine(domain, capabilities, host.context(domain.name));
  };
}

function documentJob(text: string): Job {
  return {
    text,
    run() {
      const domain: Domain = parseDomain(text, { inactive: true });
      formatDomain(domain, { inactive: true, secure: true });
    },
  };
}

async function ownJobs(): Promise<Jobs> {
  const directory = join(root, "packages/model/fixtures/domain");
  const names = (await readdir(directory)).filter((name) => name.endsWith(".xml"));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  return { documents: texts.map(documentJob), argv: [] };
}

interface Jobs {
  readonly documents: readonly Job[];
  readonly argv: readonly Job[];
}

const token = /<[!?/]?[\w:.-]+|[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')|[^<>]+|[<>]/g;

function tokens(text: string): number {
  let count = 0;
  token.lastIndex = 0;
  while (token.exec(text) !== null) count++;
  return count;
}

/** Processor time: what else the machine does counts less than on a clock. */
function milliseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  return process.cpuUsage(start).user / 1000;
}

/** Jobs that a refusal does not end: what is not supported is no subject of this measurement. */
function working(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter(({ run }) => {
    try {
      run();
      return true;
    } catch (error) {
      if (error instanceof VirtError) return false;
      throw error;
    }
  });
}

function measure(what: string, all: readonly Job[]): void {
  const jobs = working(all);
  if (jobs.length === 0) return;
  const size = jobs.reduce((sum, { text }) => sum + text.length, 0);
  const samples: number[] = [];
  const floors: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const took = milliseconds(() => {
      for (const { run } of jobs) run();
    });
    const floor = milliseconds(() => {
      for (const { text } of jobs) tokens(text);
    });
    // The first rounds compile the code.
    if (round >= 0) samples.push(took);
    if (round >= 0) floors.push(floor);
  }
  const took = median(samples);
  const floor = median(floors);
  console.log(
    `${what}: ${jobs.length} documents, ${(size / 1e6).toFixed(2)} MB, ${((jobs.length / took) * 1000).toFixed(0)} /s, ` +
      `${(size / took / 1000).toFixed(1)} MB/s, ${(took / floor).toFixed(1)} times the floor (${(size / floor / 1000).toFixed(0)} MB/s)`,
  );
}

const corpus = process.env.TSVIRT_CORPUS ?? join(root, "../../shared/corpus");
const jobs = (await exists(join(corpus, "manifest.jsonl"))) ? await corpusJobs(corpus) : await ownJobs();
measure("parsed and formatted", jobs.documents);
measure("parsed, completed and built into a command line", jobs.argv);
