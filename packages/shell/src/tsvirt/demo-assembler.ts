// A real-mode x86 assembler with just the instructions the demo's boot sector uses. Encodings: Intel SDM, volume 2.
import { InternalError } from "@tsvirt/base";

/** 8-bit registers in the order of their encoding. */
const BYTE_REGISTERS = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"] as const;
/** 16-bit registers in the order of their encoding. */
const WORD_REGISTERS = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"] as const;
/** Segment registers in the order of their encoding. */
const SEGMENT_REGISTERS = ["es", "cs", "ss", "ds"] as const;

/** An 8-bit register. */
export type ByteRegister = (typeof BYTE_REGISTERS)[number];
/** A 16-bit register. */
export type WordRegister = (typeof WORD_REGISTERS)[number];
/** A register that holds the paragraph (16 bytes each) from which addresses count. */
export type SegmentRegister = (typeof SEGMENT_REGISTERS)[number];

interface Fixup {
  /** Where the bytes go. */
  readonly at: number;
  readonly label: string;
  /** One signed byte or one word counted from the next instruction, or the label's address as a word. */
  readonly kind: "short" | "near" | "address";
}

/** Collects machine code for one place in memory; labels may be used before they are set. */
export class Assembler {
  readonly #origin: number;
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];

  /** `origin` is the address at which the code will run, in its segment. */
  constructor(origin: number) {
    this.#origin = origin;
  }

  /** Names the current place. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new InternalError(`Label ${name} is set twice`);
    this.#labels.set(name, this.#origin + this.#bytes.length);
    return this;
  }

  #emit(...bytes: readonly number[]): this {
    this.#bytes.push(...bytes.map((byte) => byte & 0xff));
    return this;
  }

  #word(value: number): this {
    return this.#emit(value, value >> 8);
  }

  #reference(label: string, kind: Fixup["kind"]): this {
    this.#fixups.push({ at: this.#bytes.length, label, kind });
    return kind === "short" ? this.#emit(0) : this.#word(0);
  }

  /** Text as bytes, ended by a zero. */
  text(value: string): this {
    return this.#emit(...new TextEncoder().encode(value), 0);
  }

  /** One word of data. */
  data(value: number): this {
    return this.#word(value);
  }

  cli = (): this => this.#emit(0xfa);
  sti = (): this => this.#emit(0xfb);
  cld = (): this => this.#emit(0xfc);
  hlt = (): this => this.#emit(0xf4);
  ret = (): this => this.#emit(0xc3);
  /** `al` = byte at `si`, which moves on. */
  lodsb = (): this => this.#emit(0xac);
  pusha = (): this => this.#emit(0x60);
  popa = (): this => this.#emit(0x61);
  int = (vector: number): this => this.#emit(0xcd, vector);

  /** An 8-bit register = a constant. */
  movByte(register: ByteRegister, value: number): this {
    return this.#emit(0xb0 + BYTE_REGISTERS.indexOf(register), value);
  }

  /** An 8-bit register = another. */
  movBytes(to: ByteRegister, from: ByteRegister): this {
    return this.#emit(0x88, 0xc0 | (BYTE_REGISTERS.indexOf(from) << 3) | BYTE_REGISTERS.indexOf(to));
  }

  /** A 16-bit register = a constant or a label's address. */
  movWord(register: WordRegister, value: number | string): this {
    this.#emit(0xb8 + WORD_REGISTERS.indexOf(register));
    return typeof value === "number" ? this.#word(value) : this.#reference(value, "address");
  }

  /** `eax` = a constant. */
  movEax(value: number): this {
    return this.#emit(0x66, 0xb8, value, value >> 8, value >> 16, value >> 24);
  }

  movSegment(to: SegmentRegister, from: WordRegister): this {
    return this.#emit(0x8e, 0xc0 | (SEGMENT_REGISTERS.indexOf(to) << 3) | WORD_REGISTERS.indexOf(from));
  }

  /** A 16-bit register = the word at a label. */
  load(register: WordRegister, label: string): this {
    this.#emit(0x8b, (WORD_REGISTERS.indexOf(register) << 3) | 6);
    return this.#reference(label, "address");
  }

  /** The word at a label = a 16-bit register. */
  store(label: string, register: WordRegister): this {
    this.#emit(0x89, (WORD_REGISTERS.indexOf(register) << 3) | 6);
    return this.#reference(label, "address");
  }

  /** A 16-bit register = 0. */
  clear(register: WordRegister): this {
    const number = WORD_REGISTERS.indexOf(register);
    return this.#emit(0x31, 0xc0 | (number << 3) | number);
  }

  /** A 16-bit register += a small constant (-128 to 127). */
  add(register: WordRegister, value: number): this {
    return this.#emit(0x83, 0xc0 | WORD_REGISTERS.indexOf(register), value);
  }

  /** `ax` &= a constant. */
  andAx(value: number): this {
    return this.#emit(0x25).#word(value);
  }

  /** Flags of an 8-bit register & a constant. */
  test(register: ByteRegister, value: number): this {
    return this.#emit(0xf6, 0xc0 | BYTE_REGISTERS.indexOf(register), value);
  }

  /** Flags of `al` - a constant. */
  cmpAl(value: number): this {
    return this.#emit(0x3c, value);
  }

  /** `al` = a byte from port `dx`. */
  inByte = (): this => this.#emit(0xec);
  /** `ax` = a word from port `dx`. */
  inWord = (): this => this.#emit(0xed);
  /** `eax` = a double word from port `dx`. */
  inDouble = (): this => this.#emit(0x66, 0xed);
  /** Port `dx` = `al`. */
  outByte = (): this => this.#emit(0xee);
  /** Port `dx` = `ax`. */
  outWord = (): this => this.#emit(0xef);
  /** Port `dx` = `eax`. */
  outDouble = (): this => this.#emit(0x66, 0xef);

  jmp = (label: string): this => this.#emit(0xeb).#reference(label, "short");
  /** Jumps when the last result was zero. */
  jz = (label: string): this => this.#emit(0x74).#reference(label, "short");
  /** Jumps when the last result was not zero. */
  jnz = (label: string): this => this.#emit(0x75).#reference(label, "short");
  /** Jumps when the last comparison found a smaller unsigned value. */
  jb = (label: string): this => this.#emit(0x72).#reference(label, "short");
  call = (label: string): this => this.#emit(0xe8).#reference(label, "near");

  /** The code, with every label resolved. Throws `InternalError` for a label never set and a jump too far. */
  assemble(): Uint8Array {
    const bytes = Uint8Array.from(this.#bytes);
    const view = new DataView(bytes.buffer);
    for (const { at, label, kind } of this.#fixups) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new InternalError(`Label ${label} is never set`);
      if (kind === "address") {
        view.setUint16(at, target, true);
        continue;
      }
      const size = kind === "short" ? 1 : 2;
      const distance = target - (this.#origin + at + size);
      if (kind === "short" && (distance < -128 || distance > 127)) {
        throw new InternalError(`Label ${label} is ${distance} bytes away from a short jump`);
      }
      if (kind === "short") view.setInt8(at, distance);
      else view.setInt16(at, distance, true);
    }
    return bytes;
  }
}
