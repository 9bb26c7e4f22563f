/**
 * Where the page is: `[HOST:]PORT`, as in `--web 8080`.
 */
import { isIPv6 } from 'node:net';
import { UsageError } from '../errors/errors.ts';

export interface WebAddress {
  /** A name, an IP address without brackets, or `*` for every interface. */
  readonly host: string;
  readonly port: number;
}

/** Only this machine sees the page unless told otherwise. */
export const DEFAULT_WEB_HOST = '127.0.0.1';

/**
 * Takes `8080`, `localhost:8080`, `*:8080` or `[::1]:8080` apart; port 0 is one that the system picks.
 * @throws UsageError SW_BAD_URL
 */
export function parseWebAddress(text: string): WebAddress {
  const match = /^(?:(\[[^[\]]*\]|[^[\]:/\s@?#]+):)?([0-9]{1,5})$/.exec(text);
  const host = match?.[1] ?? DEFAULT_WEB_HOST;
  const port = Number(match?.[2]);
  const inner = host.startsWith('[') ? host.slice(1, -1) : host;
  if (match === null || port > 65_535 || (inner !== host && !isIPv6(inner))) {
    throw new UsageError(
      'SW_BAD_URL',
      `"${text}" is no place for a page: write it like 8080, 0.0.0.0:8080, *:8080 or [::1]:8080`,
    );
  }
  return { host: inner, port };
}
