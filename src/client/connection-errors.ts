/** Whether node's error means that nothing listens on the socket. */
export function isNobodyThere(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR';
}

/** Whether the daemon ended during a call. */
export function isConnectionLost(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Whether the answer is not HTTP, so that another program listens on the socket. */
export function isNoHttp(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('HPE_');
}
