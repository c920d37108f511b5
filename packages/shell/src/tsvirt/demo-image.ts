// The demo's guest: a boot sector that fits QEMU's `pc` machine.
import { InternalError } from "@tsvirt/base";
import { Assembler } from "./demo-assembler.ts";

/** What the demo's guest says first, on its serial port and its screen. */
export const BANNER = "Hello from a guest of tsvirt: 512 bytes of real-mode code.";
/** What it says before the key it was given. */
export const KEY_ANSWER = "You pressed: ";
/** What it says before it switches itself off. */
export const FAREWELL = "Power button pressed, switching off.";

const PROMPT = "Press a key; the power button ends it.";

const SECTOR = 512;
/** Where the BIOS loads a boot sector. */
const ORIGIN = 0x7c00;
/** The first serial port, a 16550: data, interrupt enable, line control, modem control and line status are at +0, +1, +3, +4, +5. */
const COM1 = 0x3f8;
/** PCI configuration mechanism 1. */
const PCI_ADDRESS = 0xcf8;
const PCI_DATA = 0xcfc;
/** Register 0x40 (PMBASE) of 00:01.3, the power management function of the PIIX4 in QEMU's `pc` machine. */
const PMBASE = 0x8000_0000 | (1 << 11) | (3 << 8) | 0x40;
/** PWRBTN_STS and PWRBTN_EN in the PM1 event registers, as bits of their high byte. */
const POWER_BUTTON_HIGH = 0x01;
/** PM1 control: SLP_EN with SLP_TYP 0, which is "soft off" on the PIIX4. */
const SOFT_OFF = 0x2000;

/**
 * The first sector of the demo's disk, with the BIOS's signature. In a loop it looks at the ACPI power button, the serial port
 * and the keyboard, and sleeps until the next timer tick (55 ms at most), so an idle guest costs next to nothing.
 */
export function bootSector(): Uint8Array {
  const code = new Assembler(ORIGIN);
  const outByte = (port: number, value: number) => code.movWord("dx", port).movByte("al", value).outByte();

  code.cli().clear("ax").movSegment("ds", "ax").movSegment("es", "ax").movSegment("ss", "ax");
  code.movWord("sp", ORIGIN).sti().cld();

  // 115200 baud, 8 bits, no parity, FIFO on, DTR and RTS up.
  outByte(COM1 + 3, 0x80);
  outByte(COM1, 1);
  outByte(COM1 + 1, 0);
  outByte(COM1 + 3, 0x03);
  outByte(COM1 + 2, 0x07);
  outByte(COM1 + 4, 0x03);

  // Where the BIOS has put the power management registers. Only an enabled power button sets its status bit.
  code.movEax(PMBASE).movWord("dx", PCI_ADDRESS).outDouble();
  code.movWord("dx", PCI_DATA).inDouble().andAx(0xffc0).store("pmBase", "ax");
  code
    .load("dx", "pmBase")
    .add("dx", 2)
    .movWord("ax", POWER_BUTTON_HIGH << 8)
    .outWord();

  code.movWord("si", "banner").call("print");

  code.label("loop");
  code.load("dx", "pmBase").inWord().test("ah", POWER_BUTTON_HIGH).jnz("powerOff");
  code
    .movWord("dx", COM1 + 5)
    .inByte()
    .test("al", 1)
    .jz("keyboard");
  code.movWord("dx", COM1).inByte().jmp("key");
  // BIOS keyboard services: 1 = is there a key, 0 = take it.
  code.label("keyboard");
  code.movByte("ah", 1).int(0x16).jz("idle");
  code.movByte("ah", 0).int(0x16).jmp("key");
  code.label("idle");
  code.hlt().jmp("loop");

  code.label("key");
  code.movWord("si", "answer").call("printWith").movWord("si", "newLine").call("print").jmp("loop");

  code.label("powerOff");
  code.movWord("si", "farewell").call("print");
  // Until the port has sent its last byte.
  code.label("drain");
  code
    .movWord("dx", COM1 + 5)
    .inByte()
    .test("al", 0x40)
    .jz("drain");
  // And for another timer tick at least: at once after its end a machine's console is closed, unread words and all.
  code.hlt().hlt();
  code.load("dx", "pmBase").add("dx", 4).movWord("ax", SOFT_OFF).outWord();
  code.label("stop");
  code.hlt().jmp("stop");

  // printWith: the text at si, then the printable character in al (others as a dot).
  code.label("printWith");
  code.cmpAl(0x20).jb("dot").cmpAl(0x7f).jb("keep");
  code.label("dot");
  code.movByte("al", 0x2e);
  code.label("keep");
  code.movBytes("cl", "al").call("print").movBytes("al", "cl").call("put").ret();

  // print: the zero-ended text at si.
  code.label("print");
  code.lodsb().test("al", 0xff).jz("printed");
  code.call("put").jmp("print");
  code.label("printed");
  code.ret();

  // put: the character in al, on the serial port and (BIOS video service 0x0e) on the screen.
  code.label("put");
  code.pusha().movBytes("bl", "al");
  code.label("busy");
  code
    .movWord("dx", COM1 + 5)
    .inByte()
    .test("al", 0x20)
    .jz("busy");
  code.movWord("dx", COM1).movBytes("al", "bl").outByte();
  code.movBytes("al", "bl").movByte("ah", 0x0e).movWord("bx", 7).int(0x10);
  code.popa().ret();

  code.label("banner").text(`${BANNER}\r\n${PROMPT}\r\n`);
  code.label("answer").text(KEY_ANSWER);
  code.label("farewell").text(`${FAREWELL}\r\n`);
  code.label("newLine").text("\r\n");
  code.label("pmBase").data(0);

  const program = code.assemble();
  if (program.length > SECTOR - 2) throw new InternalError(`The demo's boot sector needs ${program.length} bytes`);
  const sector = new Uint8Array(SECTOR);
  sector.set(program);
  sector.set([0x55, 0xaa], SECTOR - 2);
  return sector;
}

/** A raw disk image of 64 KiB that boots into `bootSector()`. */
export function bootImage(): Uint8Array {
  const image = new Uint8Array(64 << 10);
  image.set(bootSector());
  return image;
}
