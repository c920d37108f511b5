import { writeFile } from "node:fs/promises";
import type { RunOptions, Sandbox } from "./sandbox.ts";
import { until } from "./until.ts";
import { WatchedText } from "./watched-text.ts";

/** Stock virsh inside a sandbox, on the default system sockets. */
export class Virsh {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Runs one command that must succeed; what it printed without the blank lines around it. */
  async run(...args: readonly string[]): Promise<string> {
    return (await this.#sandbox.output(["virsh", "-q", ...args])).trim();
  }

  /** Runs one command that may fail. */
  attempt(args: readonly string[], options: RunOptions = {}) {
    return this.#sandbox.run(["virsh", "-q", ...args], options);
  }

  /** Defines a guest or network from its XML (`command` is define, net-define, create, ...). */
  async define(xml: string, command = "define"): Promise<void> {
    const path = `/run/document-${Math.random().toString(36).slice(2)}.xml`;
    await writeFile(this.#sandbox.outside(path), xml);
    await this.run(command, path);
  }

  /** Waits until `virsh domstate` says `state`. */
  async state(domain: string, state: string): Promise<void> {
    await until(async () => (await this.run("domstate", domain)) === state, { what: `${domain} to be ${state}` });
  }

  /**
   * Shuts a tiny guest down. A boot sector that has not got as far as enabling its power button loses the press, as a real
   * machine would: it is pressed until the guest is off.
   */
  async powerOff(domain: string): Promise<void> {
    await until(
      async () => {
        if ((await this.run("domstate", domain)) === "running") await this.attempt(["shutdown", domain]);
        return (await this.run("domstate", domain)) === "shut off";
      },
      { what: `${domain} to be shut off` },
    );
  }

  /** Opens `virsh console` on a terminal of its own. */
  async console(domain: string): Promise<Console> {
    const session = this.#sandbox.session(["script", "-qefc", `virsh console ${domain} --force`, "/dev/null"]);
    const text = new WatchedText(session.stdout);
    await text.find(/Escape character is/);
    return {
      text,
      type: (keys) => {
        session.stdin.write(keys);
      },
      ask: (keys, answer) =>
        until(
          async () => {
            session.stdin.write(keys);
            return text.find(answer, { signal: AbortSignal.timeout(3_000) });
          },
          { what: `the answer to ${keys}` },
        ),
      [Symbol.asyncDispose]: () => session.kill(),
    };
  }
}

/** An open `virsh console`. */
export interface Console extends AsyncDisposable {
  readonly text: WatchedText;
  /** Sends keys to the guest. */
  type(keys: string): void;
  /**
   * Sends keys until they are answered: virsh says that it is connected before it has put its terminal into raw mode, which
   * throws away what was typed till then.
   */
  ask(keys: string, answer: RegExp): Promise<RegExpExecArray>;
}
