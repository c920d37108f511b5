import assert from "node:assert/strict";
import { test } from "node:test";
import { Assembler } from "./demo-assembler.ts";
import { BANNER, bootImage, bootSector, FAREWELL, KEY_ANSWER } from "./demo-image.ts";

const ORIGIN = 0x7c00;
const PM_BASE = 0x0600;

/** What the emulated machine is given and what it did. */
class Machine {
  serialInput: number[] = [];
  keys: number[] = [];
  buttonPressed = false;
  serialOutput = "";
  screen = "";
  poweredOff = false;
  ticks = 0;
  powerButtonEnabled = false;
  pciAddress = 0;
  /** How often the transmitter still says that it is busy. */
  busy = 0;

  in(port: number, size: number): number {
    if (port === 0x3fd) {
      if (this.busy > 0) this.busy -= 1;
      return (this.serialInput.length > 0 ? 1 : 0) | (this.busy > 0 ? 0 : 0x60);
    }
    if (port === 0x3f8) return this.serialInput.shift() ?? 0;
    if (port === 0xcfc && size === 4) return this.pciAddress === 0x80000b40 ? PM_BASE | 1 : 0xffffffff;
    if (port === PM_BASE && size === 2) return this.powerButtonEnabled && this.buttonPressed ? 0x0100 : 0;
    throw new Error(`unexpected read of ${size} bytes from port ${port.toString(16)}`);
  }

  out(port: number, size: number, value: number): void {
    if (port === 0xcf8 && size === 4) this.pciAddress = value >>> 0;
    else if (port === 0x3f8 && this.linesSet.has(0x3fb) && this.linesSet.get(0x3fb) === 3) {
      this.serialOutput += String.fromCharCode(value);
      this.busy = 3;
    } else if (port >= 0x3f8 && port <= 0x3fc) this.linesSet.set(port, value);
    else if (port === PM_BASE + 2 && size === 2) this.powerButtonEnabled = (value & 0x100) !== 0;
    else if (port === PM_BASE + 4 && size === 2) this.poweredOff = (value & 0x2000) !== 0 && (value & 0x1c00) === 0;
    else throw new Error(`unexpected write of ${size} bytes to port ${port.toString(16)}`);
  }

  readonly linesSet = new Map<number, number>();
}

/** An interpreter of the instructions in the boot sector, decoding from the manual's tables, not from the assembler. */
class Cpu {
  readonly memory = new Uint8Array(0x10000);
  readonly registers = new Uint16Array(8);
  eaxHigh = 0;
  ip = ORIGIN;
  zero = false;
  carry = false;
  readonly machine: Machine;

  constructor(machine: Machine, sector: Uint8Array) {
    this.machine = machine;
    this.memory.set(sector, ORIGIN);
  }

  #fetch = (): number => this.memory[this.ip++ & 0xffff] ?? 0;
  #fetchWord = (): number => this.#fetch() | (this.#fetch() << 8);
  #fetchSigned = (): number => (this.#fetch() << 24) >> 24;
  #word = (number: number): number => this.registers[number] ?? 0;
  #byte = (number: number): number => (number < 4 ? this.#word(number) & 0xff : this.#word(number - 4) >> 8);
  #setByte(number: number, value: number): void {
    if (number < 4) this.registers[number] = (this.#word(number) & 0xff00) | (value & 0xff);
    else this.registers[number - 4] = (this.#word(number - 4) & 0xff) | ((value & 0xff) << 8);
  }
  #push(value: number): void {
    const sp = this.#word(4) - 2;
    this.registers[4] = sp;
    this.memory.set([value & 0xff, value >> 8], sp & 0xffff);
  }
  #pop(): number {
    const sp = this.#word(4);
    this.registers[4] = sp + 2;
    return (this.memory[sp] ?? 0) | ((this.memory[sp + 1] ?? 0) << 8);
  }
  #logic(value: number): void {
    this.zero = value === 0;
    this.carry = false;
  }

  /** Runs until the machine is off or has slept `ticks` times. */
  run(ticks: number): void {
    const end = this.machine.ticks + ticks;
    for (let steps = 0; !this.machine.poweredOff && this.machine.ticks < end; steps++) {
      assert.ok(steps < 1_000_000, "it neither sleeps nor ends");
      this.#step();
    }
  }

  #step(): void {
    const opcode = this.#fetch();
    if (opcode >= 0xb0 && opcode < 0xb8) {
      this.#setByte(opcode & 7, this.#fetch());
      return;
    }
    if (opcode >= 0xb8 && opcode < 0xc0) {
      this.registers[opcode & 7] = this.#fetchWord();
      return;
    }
    const dx = this.#word(2);
    switch (opcode) {
      case 0xfa:
      case 0xfb:
      case 0xfc:
        return;
      case 0xf4:
        this.machine.ticks += 1;
        return;
      case 0xc3:
        this.ip = this.#pop();
        return;
      case 0x60: {
        const sp = this.#word(4);
        for (let number = 0; number < 8; number++) this.#push(number === 4 ? sp : this.#word(number));
        return;
      }
      case 0x61:
        for (let number = 7; number >= 0; number--) {
          const value = this.#pop();
          if (number !== 4) this.registers[number] = value;
        }
        return;
      case 0xac:
        this.#setByte(0, this.memory[this.#word(6)] ?? 0);
        this.registers[6] = this.#word(6) + 1;
        return;
      case 0xcd:
        this.#bios(this.#fetch());
        return;
      case 0x31: {
        const modrm = this.#fetch();
        assert.equal(modrm >> 6, 3);
        const value = this.#word(modrm & 7) ^ this.#word((modrm >> 3) & 7);
        this.registers[modrm & 7] = value;
        this.#logic(value);
        return;
      }
      case 0x8e:
        // Segments stay 0: every loaded value is.
        assert.equal(this.#word(this.#fetch() & 7), 0);
        return;
      case 0x88: {
        const modrm = this.#fetch();
        assert.equal(modrm >> 6, 3);
        this.#setByte(modrm & 7, this.#byte((modrm >> 3) & 7));
        return;
      }
      case 0x8b:
      case 0x89: {
        const modrm = this.#fetch();
        assert.equal(modrm & 0xc7, 6, "a plain address");
        const address = this.#fetchWord();
        const number = (modrm >> 3) & 7;
        if (opcode === 0x8b)
          this.registers[number] = (this.memory[address] ?? 0) | ((this.memory[address + 1] ?? 0) << 8);
        else this.memory.set([this.#word(number) & 0xff, this.#word(number) >> 8], address);
        return;
      }
      case 0x83: {
        const modrm = this.#fetch();
        assert.equal(modrm & 0xf8, 0xc0, "add to a register");
        this.registers[modrm & 7] = this.#word(modrm & 7) + this.#fetchSigned();
        return;
      }
      case 0x25:
        this.registers[0] = this.#word(0) & this.#fetchWord();
        this.#logic(this.#word(0));
        return;
      case 0xf6: {
        const modrm = this.#fetch();
        assert.equal(modrm & 0xf8, 0xc0, "test of a register");
        this.#logic(this.#byte(modrm & 7) & this.#fetch());
        return;
      }
      case 0x3c: {
        const value = this.#fetch();
        this.zero = this.#byte(0) === value;
        this.carry = this.#byte(0) < value;
        return;
      }
      case 0xec:
        this.#setByte(0, this.machine.in(dx, 1));
        return;
      case 0xed:
        this.registers[0] = this.machine.in(dx, 2);
        return;
      case 0xee:
        this.machine.out(dx, 1, this.#byte(0));
        return;
      case 0xef:
        this.machine.out(dx, 2, this.#word(0));
        return;
      case 0x66:
        this.#wide(this.#fetch(), dx);
        return;
      case 0xeb:
        this.#jump(true);
        return;
      case 0x74:
        this.#jump(this.zero);
        return;
      case 0x75:
        this.#jump(!this.zero);
        return;
      case 0x72:
        this.#jump(this.carry);
        return;
      case 0xe8: {
        const distance = (this.#fetchWord() << 16) >> 16;
        this.#push(this.ip);
        this.ip += distance;
        return;
      }
      default:
        throw new Error(`unexpected instruction ${opcode.toString(16)} at ${(this.ip - 1).toString(16)}`);
    }
  }

  #jump(taken: boolean): void {
    const distance = this.#fetchSigned();
    if (taken) this.ip += distance;
  }

  #wide(opcode: number, dx: number): void {
    if (opcode === 0xb8) {
      this.registers[0] = this.#fetchWord();
      this.eaxHigh = this.#fetchWord();
    } else if (opcode === 0xef) this.machine.out(dx, 4, ((this.eaxHigh << 16) | this.#word(0)) >>> 0);
    else if (opcode === 0xed) {
      const value = this.machine.in(dx, 4);
      this.registers[0] = value & 0xffff;
      this.eaxHigh = value >>> 16;
    } else throw new Error(`unexpected 32-bit instruction ${opcode.toString(16)}`);
  }

  #bios(vector: number): void {
    const service = this.#byte(4);
    if (vector === 0x10 && service === 0x0e) this.machine.screen += String.fromCharCode(this.#byte(0));
    else if (vector === 0x16 && service === 1) this.zero = this.machine.keys.length === 0;
    else if (vector === 0x16 && service === 0) this.registers[0] = this.machine.keys.shift() ?? 0;
    else throw new Error(`unexpected BIOS service ${vector.toString(16)}/${service.toString(16)}`);
  }
}

function boot(): { machine: Machine; cpu: Cpu } {
  const machine = new Machine();
  const cpu = new Cpu(machine, bootSector());
  cpu.run(1);
  return { machine, cpu };
}

test("the image is one sector with the BIOS's signature, and nothing else", () => {
  const image = bootImage();
  assert.deepEqual(image.subarray(0, 512), bootSector());
  assert.deepEqual([...image.subarray(510, 512)], [0x55, 0xaa]);
  assert.ok(image.subarray(512).every((byte) => byte === 0));
});

test("it greets on the serial port and on the screen, then sleeps", () => {
  const { machine, cpu } = boot();
  assert.ok(machine.serialOutput.startsWith(`${BANNER}\r\n`), machine.serialOutput);
  assert.equal(machine.screen, machine.serialOutput);
  cpu.run(5);
  assert.equal(machine.poweredOff, false);
});

test("it answers keys from the serial port and from the keyboard; unprintable ones as a dot", () => {
  const { machine, cpu } = boot();
  machine.serialOutput = "";
  machine.serialInput.push(..."a~".split("").map((key) => key.charCodeAt(0)), 0x1b, 0x7f);
  machine.keys.push(0x2d00 | "x".charCodeAt(0));
  cpu.run(1);
  assert.equal(machine.serialOutput, ["a", "~", ".", ".", "x"].map((key) => `${KEY_ANSWER}${key}\r\n`).join(""));
});

test("the power button switches it off, after it has said so", () => {
  const { machine, cpu } = boot();
  machine.buttonPressed = true;
  cpu.run(10);
  assert.equal(machine.poweredOff, true);
  assert.ok(machine.serialOutput.endsWith(`${FAREWELL}\r\n`));
});

test("the assembler refuses labels that are missing, doubled or out of a short jump's reach", () => {
  assert.throws(() => new Assembler(0).jmp("nowhere").assemble(), /nowhere is never set/);
  assert.throws(() => new Assembler(0).label("a").label("a"), /a is set twice/);
  const far = new Assembler(0).jmp("end");
  for (let count = 0; count < 128; count++) far.hlt();
  assert.throws(() => far.label("end").assemble(), /128 bytes away/);
});
