import { TextMonitorSession } from "../hmp/text-monitor.ts";
import type { RawQmpEvent } from "../qmp/session.ts";

/** What a text monitor prints in answer to a command, lines ended by `\n`. */
export type HmpAnswer = (command: string) => string;

/** The text monitor of an emulator without the emulator: with the prompt and with the echo that its line editor makes. */
export class FakeHmp {
  /** Takes what the monitor prints, always asynchronously. */
  onData: (chunk: Uint8Array) => void = () => undefined;
  /** Every command typed, in order; passwords too. */
  readonly received: string[] = [];
  /** Descriptors that came with anything. */
  readonly fds: number[] = [];
  readonly #answers: Readonly<Record<string, HmpAnswer>>;
  #line = "";
  #password: ((password: string) => string) | undefined;

  /** `answers` by the first words of a command; a longer key is taken first. Unknown commands are refused as QEMU does. */
  constructor(answers: Readonly<Record<string, HmpAnswer>>) {
    this.#answers = answers;
  }

  /** A session on this fake, greeted. */
  open(onEvent?: (event: RawQmpEvent) => void): TextMonitorSession {
    const session = new TextMonitorSession({
      send: (text, fds) => this.receive(text, fds),
      ...(onEvent && { onEvent }),
    });
    this.onData = (chunk) => session.receive(chunk);
    this.greet();
    return session;
  }

  /** Prints the greeting and the first prompt. */
  greet(): void {
    this.print("QEMU 0.9.1 monitor - type 'help' for more information\r\n(qemu) ");
  }

  /** Prints characters as they are. */
  print(text: string): void {
    const bytes = new TextEncoder().encode(text);
    queueMicrotask(() => this.onData(bytes));
  }

  /** Asks for a password before the prompt comes back; `then` says what is printed after it. */
  askPassword(then: (password: string) => string = () => ""): string {
    this.#password = then;
    return "Password: ";
  }

  /** Takes what is typed. */
  receive(text: string, fds: readonly number[] = []): void {
    this.fds.push(...fds);
    for (const character of text) {
      if (character === "\r" || character === "\n") this.#enter();
      else this.#type(character);
    }
  }

  /** The line editor: back to the line's beginning, the line anew, the rest erased. */
  #type(character: string): void {
    const before = this.#line.length;
    this.#line += character;
    const shown = this.#password ? "*".repeat(this.#line.length) : this.#line;
    this.print(`${"\u001b[D".repeat(before)}${shown}\u001b[K`);
  }

  #enter(): void {
    const line = this.#line;
    this.#line = "";
    this.received.push(line);
    this.print("\r\n");
    const ask = this.#password;
    this.#password = undefined;
    const answer = ask ? ask(line) : this.#answer(line);
    const text = answer.replaceAll("\n", "\r\n");
    this.print(this.#password ? text : `${text}(qemu) `);
  }

  #answer(line: string): string {
    const key = Object.keys(this.#answers)
      .filter((each) => line === each || line.startsWith(`${each} `))
      .sort((a, b) => b.length - a.length)[0];
    const found = key === undefined ? undefined : this.#answers[key];
    if (found) return found(line);
    const name = line.split(" ", 1)[0] ?? "";
    if (name === "info") return "info version  -- show the version of QEMU\ninfo network  -- show the network state\n";
    return `unknown command: '${name}'\n`;
  }
}
