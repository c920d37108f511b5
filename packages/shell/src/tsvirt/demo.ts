// `tsvirt demo`, which `npm start` runs: a guest's whole life within this process.
import { access, chmod, constants, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErrorCode, Rollback, VirtError } from "@tsvirt/base";
import {
  type Connection,
  connect,
  type Domain,
  DomainCreateFlags,
  DomainEventType,
  type VirtStream,
} from "@tsvirt/client";
import { joinTerminal } from "../tsvirsh/console-session.ts";
import { ShellError } from "../vsh/errors.ts";
import type { ShellIo } from "../vsh/io.ts";
import { errorLines } from "../vsh/shell.ts";
import { DEMO_NAME, demoDocument } from "./demo-document.ts";
import { BANNER, bootImage, KEY_ANSWER } from "./demo-image.ts";
import { DEMO_USAGE, type DemoOptions, parseDemoOptions } from "./demo-options.ts";

/** Milliseconds the guest has for each thing it is asked. A bound for a hang: it takes a fraction of it. */
const GUEST_LIMIT = 60_000;
/** Milliseconds that a foreign guest has to obey its power button. */
const SHUTDOWN_LIMIT = 20_000;
/** Ctrl and ], which leaves a console. */
const CTRL_BRACKET = 0x1d;
/** Linux input code of the X key, which `sendKey` takes by default. */
const KEY_X = 45;

/** Runs the demo; resolves with the exit status. Everything it made is gone afterwards, however it ends. */
export async function runDemo(argv: readonly string[], io: ShellIo): Promise<number> {
  try {
    const options = parseDemoOptions(argv, io.cwd());
    if (options.help) {
      io.out(DEMO_USAGE);
      return 0;
    }
    if (options.write === undefined) await boot(options, io);
    else await write(options, options.write, io);
    return 0;
  } catch (error) {
    for (const line of errorLines(error)) io.err(`error: ${line}\n`);
    return 1;
  }
}

async function write(options: DemoOptions, directory: string, io: ShellIo): Promise<void> {
  await mkdir(directory, { recursive: true });
  const image = join(directory, "demo.img");
  const document = join(directory, "demo.xml");
  await writeFile(image, bootImage());
  await writeFile(document, demoDocument({ boot: { kind: "built-in" }, image, memory: options.memory, type: "qemu" }));
  io.out(`${image}\n${document}\n`);
}

/** Tells what is done and how long it took. */
class Progress {
  readonly #io: ShellIo;
  readonly #start: number;
  #lap: number;

  constructor(io: ShellIo) {
    this.#io = io;
    this.#start = io.monotonic();
    this.#lap = this.#start;
  }

  /** One step is done; `line` is the tsvirsh command that does the same. */
  step(what: string, line?: string): void {
    const now = this.#io.monotonic();
    const took = `${(now - this.#lap).toFixed(0)} ms`.padStart(8);
    this.#io.out(`${took}  ${what}${line === undefined ? "" : `\n            $ tsvirsh ${line}`}\n`);
    this.#lap = this.#io.monotonic();
  }

  /** Something the guest said. */
  guest(line: string): void {
    this.#io.out(`          | ${line}\n`);
  }

  end(what: string): void {
    this.#io.out(`${`${(this.#io.monotonic() - this.#start).toFixed(0)} ms`.padStart(8)}  ${what}\n`);
  }
}

async function boot(options: DemoOptions, io: ShellIo): Promise<void> {
  const interrupt = new AbortController();
  await using undo = new Rollback();
  undo.add(io.onInterrupt(() => interrupt.abort(new ShellError("Interrupted"))));
  const progress = new Progress(io);

  const root = await mkdtemp(join(tmpdir(), "tsvirt-demo-"));
  undo.add(() => rm(root, { recursive: true, force: true }));
  const image = join(root, "demo.img");
  if (options.boot.kind === "built-in") {
    // A driver that runs as root has QEMU run as a user of its own, who must get to the image.
    await chmod(root, 0o711);
    await writeFile(image, bootImage());
    progress.step("assembled a boot sector and made a disk of it");
  }
  const uri = options.connect ?? `qemu:///embed?root=${encodeURIComponent(root)}`;
  const connection = await connect(uri, { signal: interrupt.signal });
  undo.add(() => connection.close());
  const where = options.connect === undefined ? ": the driver runs in this process" : "";
  progress.step(`opened ${connection.uri}${where}`, `connect ${options.connect ?? "qemu:///session"}`);

  const type = !options.emulate && options.boot.kind !== "built-in" && (await kvmIsUsable()) ? "kvm" : "qemu";
  const document = demoDocument({ boot: options.boot, image, memory: options.memory, type });
  const domain = await connection.domainDefineXml(document, { signal: interrupt.signal });
  undo.add(() => forget(domain));
  progress.step(`defined the guest '${domain.name}', ${domain.uuid}`, "define demo.xml");

  if (options.boot.kind === "built-in") await showLife(connection, domain, progress, interrupt.signal);
  else await useConsole({ connection, domain, progress, io, signal: interrupt.signal });
  await undo.run();
  progress.end("in all; nothing is left behind");
}

/** Removes what is left of the guest, running or not. */
async function forget(domain: Domain): Promise<void> {
  try {
    if (await domain.isActive()) await domain.destroy();
    await domain.undefine();
  } catch (error) {
    if (!(error instanceof VirtError && error.code === ErrorCode.noDomain)) throw error;
  }
}

async function kvmIsUsable(): Promise<boolean> {
  return access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** What a console says, as it comes. */
async function* texts(console: VirtStream): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of console.chunks) {
    if (chunk instanceof Uint8Array) yield decoder.decode(chunk, { stream: true });
  }
}

/** What a console says, line by line. */
async function* lines(console: VirtStream): AsyncGenerator<string> {
  let rest = "";
  for await (const text of texts(console)) {
    const complete = (rest + text).split("\n");
    rest = complete.pop() ?? "";
    for (const line of complete) yield line.replace(/\r$/, "");
  }
  if (rest !== "") yield rest;
}

/** Leads the built-in guest through its life. */
async function showLife(
  connection: Connection,
  domain: Domain,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(GUEST_LIMIT)]);
  await using lifecycle = await connection.domainEvents("lifecycle", { domain, signal });
  // Paused, so that nothing it says is missed.
  await domain.create({ signal, flags: DomainCreateFlags.startPaused });
  progress.step(`started it: QEMU runs, its number is ${domain.id}`, `start ${DEMO_NAME} --paused`);

  await using console = await domain.openConsole({ signal });
  await domain.resume({ signal });
  const giveUp = () => void console.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  const said = lines(console);
  const hear = async (wanted: string): Promise<void> => {
    for (;;) {
      const { done, value } = await said.next();
      if (done) {
        signal.throwIfAborted();
        throw new ShellError(`The guest's console ended before it said '${wanted}'`);
      }
      progress.guest(value);
      if (value.includes(wanted)) return;
    }
  };
  try {
    await hear(BANNER);
    await hear("Press a key");
    progress.step("let it run; it has booted and greets on its serial console", `resume ${DEMO_NAME}`);

    await console.write(new TextEncoder().encode("t"));
    await hear(`${KEY_ANSWER}t`);
    progress.step("typed a key on its serial console");
    await domain.sendKey([KEY_X], { signal });
    await hear(`${KEY_ANSWER}x`);
    progress.step("pressed a key of its keyboard", `send-key ${DEMO_NAME} KEY_X`);

    await domain.shutdown({ signal });
    // Its end ends the console.
    for await (const line of said) progress.guest(line);
    for await (const event of lifecycle) {
      if (event.event === DomainEventType.stopped) break;
    }
    progress.step("pressed its power button; it has switched itself off", `shutdown ${DEMO_NAME}`);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  await domain.undefine({ signal });
  progress.step("removed its definition", `undefine ${DEMO_NAME}`);
}

/** What a guest at a console needs. */
interface ConsoleParts {
  readonly connection: Connection;
  readonly domain: Domain;
  readonly progress: Progress;
  readonly io: ShellIo;
  readonly signal: AbortSignal;
}

/** Boots somebody's own guest and gives its console to the user; then switches it off. */
async function useConsole({ connection, domain, progress, io, signal }: ConsoleParts): Promise<void> {
  await using lifecycle = await connection.domainEvents("lifecycle", { domain });
  // Paused, so that nothing it says is missed.
  await domain.create({ signal, flags: DomainCreateFlags.startPaused });
  {
    await using console = await domain.openConsole({ signal });
    const leave = () => void console.abort();
    signal.addEventListener("abort", leave, { once: true });
    await domain.resume({ signal });
    progress.step(`started it: QEMU runs, its number is ${domain.id}`, `start ${DEMO_NAME} --console`);
    if (io.terminal === undefined) for await (const text of texts(console)) io.out(text);
    else {
      io.out("Connected to its console; leave with Ctrl and ].\n");
      await joinTerminal(console, io.terminal, CTRL_BRACKET);
    }
    signal.removeEventListener("abort", leave);
  }
  signal.throwIfAborted();
  io.out("\n");
  if (await domain.isActive()) {
    await domain.shutdown();
    progress.step("pressed its power button", `shutdown ${DEMO_NAME}`);
    const limit = AbortSignal.timeout(SHUTDOWN_LIMIT);
    const late = () => void lifecycle.close();
    limit.addEventListener("abort", late, { once: true });
    for await (const event of lifecycle) {
      if (event.event === DomainEventType.stopped) break;
    }
    limit.removeEventListener("abort", late);
  }
  if (await domain.isActive()) {
    await domain.destroy();
    progress.step("it did not obey; ended it", `destroy ${DEMO_NAME}`);
  } else {
    progress.step("it has switched itself off");
  }
}
