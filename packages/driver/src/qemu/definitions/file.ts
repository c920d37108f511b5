/**
 * A definition file is the document behind a comment that tells people to leave it alone. libvirt reads past it; so do
 * we. `command` is what to type instead, e.g. `edit vm`.
 */
export function withHeader(document: string, command: string): string {
  // `--` would end the comment early.
  const safe = command.replaceAll("--", "- -");
  return `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:
  virsh ${safe}
or other application using the libvirt API.
-->

${document}`;
}

/** The document of a definition file: without a leading comment and the white space around it. */
export function withoutHeader(text: string): string {
  const start = /^\s*(?:<!--[\s\S]*?-->\s*)?/.exec(text)?.[0].length ?? 0;
  return start === 0 ? text : text.slice(start);
}
