/** A text as one argument of a monitor command, whatever is in it: quoted, line ends and quotes escaped. */
export function quoteArgument(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\\": "\\\\", '"': '\\"' };
  return `"${text.replace(/[\n\r\\"]/g, (character) => escapes[character] ?? character)}"`;
}
