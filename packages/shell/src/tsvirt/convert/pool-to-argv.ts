import { parsePool, startPoolCommand } from "@tsvirt/model/storage";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";
import { formatCommands } from "./commands.ts";

/** `tsvirt convert pool-to-argv`: the command that makes a pool's storage available. */
export const poolToArgv = fileCommand({
  help: "a storage pool to the command that starts it: mount or vgchange",
  options: {},
  async convert(file) {
    const pool = parsePool(await readInput(file), { file });
    return { args: formatCommands([startPoolCommand(pool)]) };
  },
});
