/** Whether node's error says that nothing listens on the socket. */
export function isNobodyThere(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR';
}

/** Whether the daemon went away in the middle of a call. */
export function isConnectionLost(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Whether what answered does not speak HTTP: some other program listens on the socket. */
export function isNoHttp(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('HPE_');
}
