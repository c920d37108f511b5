import { writeFile } from "node:fs/promises";
import { ErrorCode, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject } from "@tsvirt/codec/options";
import { jsonOf, readInput } from "../user-files.ts";
import { type ConvertCommand, type ConvertOutput, convertCommand } from "./command.ts";
import type { Inputs } from "./inputs.ts";

/**
 * Many conversions in one process. Every line of a FILE is `{"args": […], "stdout": FILE}`; messages of a conversion with
 * `stdout` go to FILE.err. The status is always 0: failures are in the files.
 */
export function batchOf(
  run: (args: readonly string[], output: ConvertOutput, inputs: Inputs) => Promise<number>,
): ConvertCommand {
  return convertCommand({
    help: "many conversions in one process, a line of JSON each",
    options: {},
    async run({ files }, { output, inputs }) {
      for (const file of files) {
        for (const line of (await readInput(file)).split("\n")) {
          if (line.trim() === "") continue;
          const job = jsonOf(line, file);
          if (!isJsonObject(job) || !isJsonArray(job.args)) {
            throw virtError(ErrorCode.invalidArg, `${file}: a line is no job`);
          }
          const stdout = typeof job.stdout === "string" ? job.stdout : undefined;
          let text = "";
          const failures: string[] = [];
          const collect: ConvertOutput = {
            write: (part) => {
              text += part;
            },
            fail: (message) => failures.push(message),
            note: (line) => output.note?.(line),
          };
          await run(job.args.map(String), collect, inputs);
          if (stdout === undefined) output.write(text);
          else if (failures.length > 0) await writeFile(`${stdout}.err`, `${failures.join("\n")}\n`);
          else await writeFile(stdout, text);
        }
      }
      return 0;
    },
  });
}
