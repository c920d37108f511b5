/** Milliseconds that the last words may take to reach the log. */
const lastWordsTime = 2000;

/**
 * An exception that nobody caught ends the process: a restart is safe, limping on is not (R7). `lastWords` logs it and
 * makes sure that it is written; `status` is the exit code.
 */
export function endOnUncaught(lastWords: (error: unknown) => Promise<void>, status: number): void {
  let ending = false;
  process.on("uncaughtException", (error: unknown) => {
    if (ending) return;
    ending = true;
    const exit = (): never => process.exit(status);
    setTimeout(exit, lastWordsTime);
    lastWords(error).then(exit, exit);
  });
}
