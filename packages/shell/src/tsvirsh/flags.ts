/** The sum of the bits whose condition holds. */
export function bits(...choices: readonly (readonly [condition: boolean, bit: number])[]): number {
  let sum = 0;
  for (const [condition, bit] of choices) if (condition) sum |= bit;
  // The highest bit makes it negative otherwise.
  return sum >>> 0;
}
