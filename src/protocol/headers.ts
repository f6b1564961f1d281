/** Header with the sender's ezj version, on every request and every answer. */
export const VERSION_HEADER = 'ezj-version';

/** Header with the sender's {@link PROTOCOL} number. */
export const PROTOCOL_HEADER = 'ezj-protocol';

/** The only Host that the daemon accepts: a web page that reaches the socket sends another. */
export const DAEMON_HOST = 'ezj';
