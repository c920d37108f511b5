/** Collapses slashes and drops the last one (`virFileSanitizePath`); what looks like a URI is left alone. */
export function sanitizePath(path: string): string {
  const scheme = path.indexOf("://");
  if (scheme >= 0 && path.indexOf("/") > scheme) return path;
  // Exactly two slashes in front may mean something of their own to POSIX.
  const head = /^\/\/(?!\/)/.test(path) ? "//" : "";
  const whole = head + path.slice(head.length).replace(/\/+/g, "/");
  return whole.length > 1 && whole.length > head.length && whole.endsWith("/") ? whole.slice(0, -1) : whole;
}
