import type { Descriptor } from "../descriptor.ts";

let next = 1000;

/** A descriptor of no kernel: counts whether it was closed. `label` tells a test what it stands for. */
export class FakeDescriptor implements Descriptor {
  readonly label: string;
  #fd = next++;

  constructor(label: string) {
    this.label = label;
  }

  get fd(): number {
    return this.#fd;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  close(): void {
    this.#fd = -1;
  }

  take(): number {
    const fd = this.#fd;
    this.#fd = -1;
    return fd;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
