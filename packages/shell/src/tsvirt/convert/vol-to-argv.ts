import { ErrorCode, virtError } from "@tsvirt/base";
import { type ParseVolumeOptions, parsePool, parseVolume, type Volume, volumeTypeIn } from "@tsvirt/model/storage";
import { volumeCommands } from "@tsvirt/qemu/images";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";
import { formatCommands } from "./commands.ts";

/** `tsvirt convert vol-to-argv`: the qemu-img commands that make a volume. */
export const volToArgv = fileCommand({
  help: "a storage volume to the qemu-img commands that make it",
  options: {
    "--pool": { takes: "FILE", help: "its pool" },
    "--input-pool": { takes: "FILE", help: "the pool of the volume it is a copy of" },
    "--input-vol": { takes: "FILE", help: "the volume it is a copy of" },
    "--prealloc-metadata": { help: "write the image's tables when it is made" },
    "--opt-capacity": { help: "a volume on another may leave its capacity to it" },
    "--secret-file": { takes: "PATH", help: "file with the volume's passphrase; /path/to/secretFile unless given" },
    "--input-secret-file": { takes: "PATH", help: "the same of the volume it is a copy of" },
  },
  async convert(file, options) {
    const poolFile = options.value("--pool");
    if (poolFile === undefined) throw virtError(ErrorCode.invalidArg, "--pool is needed");
    const inputFile = options.value("--input-vol");
    const inputPool = options.value("--input-pool") ?? poolFile;
    const input = inputFile === undefined ? undefined : await readVolume(inputFile, inputPool);
    const noCapacity = input !== undefined ? "always" : options.flag("--opt-capacity") ? "backed" : undefined;
    const commands = volumeCommands({
      volume: await readVolume(file, poolFile, noCapacity),
      input,
      preallocateMetadata: options.flag("--prealloc-metadata"),
      secretFile: options.value("--secret-file") ?? "/path/to/secretFile",
      inputSecretFile: options.value("--input-secret-file") ?? "/path/to/inputSecretFile",
    });
    return { args: formatCommands(commands) };
  },
});

/** A volume as its pool would have it: with its type and, in a pool with a directory, its path. */
async function readVolume(
  file: string,
  poolFile: string,
  noCapacity?: ParseVolumeOptions["noCapacity"],
): Promise<Volume> {
  const pool = parsePool(await readInput(poolFile), { file: poolFile });
  const volume = parseVolume(await readInput(file), {
    file,
    pool: pool.type,
    ...(noCapacity !== undefined && { noCapacity }),
  });
  const directory = pool.target?.path;
  if (directory !== undefined) volume.target = { path: `${directory}/${volume.name ?? ""}`, ...volume.target };
  volume.type = volumeTypeIn(pool.type, volume.target?.format);
  return volume;
}
