import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { formatJsonPretty, type JsonValue } from "@tsvirt/codec/options";
import { formatImportedDomain, formatImportReport, type ImportReport, importCommandLine } from "@tsvirt/qemu/import";
import { makeDirectory, readInput } from "../user-files.ts";
import { convertCommand, messageOf } from "./command.ts";
import { hostFor } from "./import-host.ts";
import { requireFiles } from "./options.ts";

/** `tsvirt convert to-xml`: a QEMU command line as a domain document. */
export const toXml = convertCommand({
  help: "a QEMU command line as a domain document; standard output unless a directory is given",
  options: {
    "--out-dir": { takes: "DIR", help: "where the results go, named as the inputs" },
    "--name": { takes: "NAME", help: "the guest's name, if the command line has none or another one" },
    "--directory": { takes: "DIR", help: "where QEMU is run: relative paths are made absolute with it" },
    "--report": { help: "print what became of each argument" },
    "--json": { help: "print the report as JSON" },
  },
  async run(options, { output }) {
    requireFiles(options);
    const directory = options.value("--out-dir");
    if (directory !== undefined) await makeDirectory(directory);
    const reports: { readonly file: string; readonly report: ImportReport }[] = [];
    let status = 0;
    for (const file of options.files) {
      const stem = basename(file).replace(/\.[^.]*$/, "");
      try {
        const text = await readInput(file);
        const { domain, report } = importCommandLine(text, {
          name: options.value("--name"),
          directory: options.value("--directory"),
          ...(await hostFor(text)),
        });
        const xml = formatImportedDomain(domain);
        if (directory === undefined) output.write(xml);
        else await writeFile(join(directory, `${stem}.xml`), xml);
        if (options.flag("--json")) reports.push({ file, report });
        else if (options.flag("--report")) output.write(formatImportReport(report, file));
      } catch (error) {
        status = 1;
        const message = messageOf(error);
        if (directory !== undefined) await writeFile(join(directory, `${stem}.err`), `${message}\n`);
        output.fail(`${file}: ${message}`);
      }
    }
    if (reports.length > 0) output.write(`${formatJsonPretty(reports.map(asJson))}\n`);
    return status;
  },
});

function asJson({ file, report }: { readonly file: string; readonly report: ImportReport }): JsonValue {
  return {
    file,
    arguments: report.arguments.map(({ line, column, words, fate, where, notes }) => ({
      line,
      column,
      words,
      fate,
      where,
      notes,
    })),
    notes: report.notes.map(({ line, column, text }) => ({ line, column, text })),
  };
}
