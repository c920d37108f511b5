// Messages that no honest client sends, for a daemon's socket: valid calls of every procedure with random arguments, and
// mutations of them. Everything follows from a seed.
import { connect, type Socket } from "node:net";
import { type AnyType, compiled, EncodeError, Writer } from "@tsvirt/codec/xdr";
import { arbitrary } from "@tsvirt/codec/xdr/testing";
import { lxcProgram, type Procedures, type Program, qemuProgram, remote } from "@tsvirt/rpc";
import fc from "fast-check";

/** Numbers that look random and repeat with their seed (xorshift32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  /** True once in `n` throws, on average. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}

/** Calls that end the connection, or that would send the machine to sleep. */
const avoided = new Set(["connectClose", "nodeSuspendForDuration"]);
const sleepCall = remote.procedures.nodeSuspendForDuration.number;
const planted = ["__proto__", "constructor", "toString", "hasOwnProperty", ".", "..", "a/b", "\u0007"];
const interesting = [0, 1, 2, 4, 27, 28, 29, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0200_0004, 0x0200_0005];

/** Whole frames of valid calls, `each` of every procedure. */
export function validCalls(seed: number, each: number): Buffer[] {
  const frames: Buffer[] = [];
  let serial = 1;
  const programs = [remote, qemuProgram, lxcProgram] as readonly Program<unknown, unknown>[];
  for (const program of programs) {
    for (const [name, { number, args }] of Object.entries(program.procedures as Procedures)) {
      if (avoided.has(name)) continue;
      for (const value of fc.sample(arbitrary(args as AnyType), { numRuns: each, seed: seed + number })) {
        const writer = new Writer();
        writer.begin();
        for (const word of [0, program.id, program.version, number, 0, serial++, 0]) writer.int32(word);
        try {
          compiled(args).encode(writer, plant(value, serial) as never);
        } catch (error) {
          if (error instanceof EncodeError) continue;
          throw error;
        }
        writer.patch(0, writer.length);
        frames.push(Buffer.from(writer.finish()));
      }
    }
  }
  return frames;
}

/** Now and then a text becomes a name that means something to JavaScript or to paths. */
function plant(value: unknown, turn: number): unknown {
  if (typeof value === "string") return turn % 3 === 0 ? (planted[turn % planted.length] ?? value) : value;
  if (Array.isArray(value)) return value.map((item, index) => plant(item, turn + index));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item], index) => [key, plant(item, turn + index)]));
}

/** One message: mostly a valid call with something wrong in it. */
export function hostileMessage(dice: Dice, calls: readonly Buffer[]): Buffer {
  const message = mutated(dice, calls);
  if (message.length >= 16 && message.readUInt32BE(12) === sleepCall) message.writeUInt32BE(0, 12);
  return message;
}

function mutated(dice: Dice, calls: readonly Buffer[]): Buffer {
  const message = Buffer.from(dice.pick(calls));
  // What breaks the framing ends the connection, and with it what the later messages would have shown: rarely.
  if (dice.oneIn(60)) return unframed(dice, message);
  switch (dice.below(7)) {
    case 0:
      return message;
    case 1: // another kind of message
      message.writeUInt32BE(dice.pick([1, 2, 3, 6]), 16);
      return message;
    case 2: // a header word
      message.writeUInt32BE(dice.pick(interesting), dice.pick([4, 8, 12, 20]));
      return message;
    case 3: // another procedure's arguments
      message.writeUInt32BE(dice.below(460), 12);
      return message;
    case 4: // cut short, its length told truly
      return relength(message.subarray(0, Math.max(28, dice.below(message.length))));
    case 5: // bytes too many
      return relength(Buffer.concat([message, Buffer.alloc(1 + dice.below(64), dice.below(256))]));
    default: // words or bits of the arguments, often a count
      if (message.length < 32) return message;
      if (dice.oneIn(2)) message.writeUInt32BE(dice.pick(interesting), 28 + 4 * dice.below((message.length - 28) >> 2));
      else {
        for (let i = dice.below(8); i >= 0; i--) {
          const at = 28 + dice.below(message.length - 28);
          message[at] = (message[at] ?? 0) ^ (1 << dice.below(8));
        }
      }
      return message;
  }
}

/** A length that lies, a kind or status that does not exist, descriptors that never come, bytes of no meaning. */
function unframed(dice: Dice, message: Buffer): Buffer {
  switch (dice.below(4)) {
    case 0:
      message.writeUInt32BE(
        dice.oneIn(3) ? dice.pick(interesting) : Math.max(0, message.length + dice.below(9) - 4),
        0,
      );
      return message;
    case 1:
      message.writeUInt32BE(dice.pick([4, 5, 7, 0xffff_ffff]), 16);
      return message;
    case 2:
      message.writeUInt32BE(dice.pick([3, 0xffff_ffff]), 24);
      return message;
    default:
      return Buffer.from(Array.from({ length: dice.below(200) }, () => dice.below(256)));
  }
}

function relength(message: Buffer): Buffer {
  message.writeUInt32BE(message.length, 0);
  return message;
}

/** What {@link attack} did. */
export interface AttackReport {
  readonly messages: number;
  readonly connections: number;
  readonly bytesBack: number;
}

/**
 * Sends so many hostile messages to a socket, a random number over each connection, opening the driver first on most.
 * Resolves when all are sent and every connection has ended.
 */
export async function attack(path: string, seed: number, messages: number): Promise<AttackReport> {
  const dice = new Dice(seed);
  const calls = validCalls(seed, 2);
  let [sent, connections, bytesBack] = [0, 0, 0];
  while (sent < messages) {
    connections++;
    const batch = Math.min(1 + dice.below(200), messages - sent);
    const parts = dice.oneIn(8) ? [] : [openCall];
    for (let i = 0; i < batch; i++) parts.push(hostileMessage(dice, calls));
    sent += batch;
    bytesBack += await converse(path, Buffer.concat(parts), dice.below(4));
  }
  return { messages, connections, bytesBack };
}

/** CONNECT_OPEN of `qemu:///system`. */
const openCall: Buffer = (() => {
  const name = Buffer.from("qemu:///system\0\0");
  const head = [0, remote.id, remote.version, 1, 0, 1, 0, 1, 14];
  const call = Buffer.alloc(4 * head.length + name.length + 4);
  for (const [index, word] of head.entries()) call.writeUInt32BE(word, 4 * index);
  name.copy(call, 4 * head.length);
  return relength(call);
})();

/** Writes `bytes` and ends the connection in one of four manners. Resolves with the bytes that came back. */
function converse(path: string, bytes: Buffer, manner: number): Promise<number> {
  return new Promise((resolve) => {
    let back = 0;
    const socket: Socket = connect({ path, allowHalfOpen: true });
    socket.on("data", (chunk) => {
      back += chunk.length;
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(back));
    // Once nothing comes any more: a daemon may well wait for the rest of a message.
    socket.setTimeout(100, () => socket.destroy());
    switch (manner) {
      case 0: // gone at once
        socket.write(bytes, () => socket.destroy());
        break;
      case 1: // byte by byte at first, then half closed
        for (let i = 0; i < 40 && i < bytes.length; i++) socket.write(bytes.subarray(i, i + 1));
        socket.end(bytes.subarray(40));
        break;
      default: // patient
        socket.write(bytes);
    }
  });
}
