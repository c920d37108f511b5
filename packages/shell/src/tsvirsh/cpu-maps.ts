/** Whether bit `cpu` is set; maps count from the lowest bit of the first byte. */
function has(map: Uint8Array, cpu: number): boolean {
  return (((map[cpu >> 3] ?? 0) >> (cpu & 7)) & 1) === 1;
}

/** A `y` or `-` for each processor. */
export function bitmapText(map: Uint8Array, count: number): string {
  return Array.from({ length: count }, (_, cpu) => (has(map, cpu) ? "y" : "-")).join("");
}

/** `0-3,6`. */
export function rangesText(map: Uint8Array, count: number): string {
  const ranges: string[] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    if (!has(map, cpu)) continue;
    const first = cpu;
    while (cpu + 1 < count && has(map, cpu + 1)) cpu++;
    ranges.push(first === cpu ? String(first) : `${first}-${cpu}`);
  }
  return ranges.join(",");
}

/** `0-3,6 (out of 8)`. */
export function affinityText(map: Uint8Array, count: number): string {
  return `${rangesText(map, count)} (out of ${count})`;
}
