/** A kind of access to device nodes; absent numbers stand for all of them. */
export interface DeviceRule {
  readonly type: "block" | "char" | "any";
  readonly major?: number;
  readonly minor?: number;
  /** Of `r`, `w` and `m` (make the node). */
  readonly access: string;
}

/** A rule as the devices controller of version 1 reads it. */
export function formatDeviceRule({ type, major, minor, access }: DeviceRule): string {
  const letter = type === "any" ? "a" : type === "block" ? "b" : "c";
  return `${letter} ${major ?? "*"}:${minor ?? "*"} ${access}`;
}

// Instructions of the kernel's machine (Documentation/bpf/instruction-set.rst): operation, registers, jump, constant.
const LOAD_WORD = 0x61;
const MOVE = 0xbf;
const MOVE_CONSTANT = 0xb7;
const AND_CONSTANT = 0x57;
const SHIFT_RIGHT = 0x77;
const UNLESS_EQUAL = 0x5d;
const UNLESS_CONSTANT = 0x55;
const EXIT = 0x95;

const types = { block: 1, char: 2 } as const;
const accesses: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

type Instruction = readonly [operation: number, to: number, from: number, jump: number, constant: number];

/**
 * The program that lets a version 2 group's processes have what a rule allows, and nothing else. Its context is the kernel's
 * `struct bpf_cgroup_dev_ctx`: access and type in one word, major, minor.
 */
export function assembleDeviceProgram(rules: readonly DeviceRule[]): Uint8Array {
  const program: Instruction[] = [
    [LOAD_WORD, 2, 1, 0, 0],
    [MOVE, 3, 2, 0, 0],
    [SHIFT_RIGHT, 3, 0, 0, 16],
    [AND_CONSTANT, 2, 0, 0, 0xffff],
    [LOAD_WORD, 4, 1, 4, 0],
    [LOAD_WORD, 5, 1, 8, 0],
  ];
  for (const rule of rules) program.push(...assembleRule(rule));
  program.push([MOVE_CONSTANT, 0, 0, 0, 0], [EXIT, 0, 0, 0, 0]);
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  for (const [index, [operation, to, from, jump, constant]] of program.entries()) {
    const at = index * 8;
    view.setUint8(at, operation);
    view.setUint8(at + 1, little ? (from << 4) | to : (to << 4) | from);
    view.setInt16(at + 2, jump, little);
    view.setInt32(at + 4, constant, little);
  }
  return bytes;
}

/** Each test that fails jumps behind the rule. */
function assembleRule({ type, major, minor, access }: DeviceRule): Instruction[] {
  const allowed = [...access].reduce((all, letter) => all | (accesses[letter] ?? 0), 0);
  const tests: Instruction[] = [
    ...(type === "any" ? [] : [[UNLESS_CONSTANT, 2, 0, 0, types[type]] as const]),
    [MOVE, 0, 3, 0, 0],
    [AND_CONSTANT, 0, 0, 0, allowed],
    [UNLESS_EQUAL, 0, 3, 0, 0],
    ...(major === undefined ? [] : [[UNLESS_CONSTANT, 4, 0, 0, major] as const]),
    ...(minor === undefined ? [] : [[UNLESS_CONSTANT, 5, 0, 0, minor] as const]),
  ];
  const whole: Instruction[] = [...tests, [MOVE_CONSTANT, 0, 0, 0, 1], [EXIT, 0, 0, 0, 0]];
  return whole.map((each, index) => {
    const [operation, to, from, , constant] = each;
    const isTest = operation === UNLESS_CONSTANT || operation === UNLESS_EQUAL;
    return isTest ? [operation, to, from, whole.length - index - 1, constant] : each;
  });
}
