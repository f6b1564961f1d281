export const BROWSER: string;
export function signInRequest(
  publicKey: string,
  credentials: { user: string; password: string },
): { method: string; headers: Record<string, string>; body: string };
