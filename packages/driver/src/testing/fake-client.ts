import type { ArgsOf, Call, RetOf, StreamIo } from "@tsvirt/rpc";
import type { Driver, DriverConnection, DriverProcedures } from "../driver.ts";

/** A client of a driver without a transport between: its calls are the handlers', its events are kept. */
export class FakeClient {
  /** What it was sent, in order. */
  readonly events: { readonly program: string; readonly message: unknown }[] = [];
  /** What serves the stream that the last call opened. */
  body: ((io: StreamIo) => Promise<void>) | undefined;
  readonly #connection: DriverConnection;
  readonly #readOnly: boolean;

  constructor(driver: Driver, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#readOnly = readOnly;
    this.#connection = driver.connect({
      readOnly,
      emit: (program, _declaration, message) => void this.events.push({ program, message }),
    });
  }

  /** Makes a call, past the table's rules about who may: those are the dispatcher's. */
  async call<K extends keyof DriverProcedures>(
    name: K,
    args: ArgsOf<DriverProcedures[K]>,
  ): Promise<RetOf<DriverProcedures[K]>> {
    const call: Call = {
      session: undefined,
      readOnly: this.#readOnly,
      signal: new AbortController().signal,
      fds: [],
      takeFds: () => [],
      replyFds: [],
      stream: {
        serve: (body) => {
          this.body = body;
        },
      },
    };
    return this.#connection.remote[name](args, call);
  }

  /** The client goes. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}
