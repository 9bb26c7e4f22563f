/**
 * Addresses of the web as people write them: `http://HOST[:PORT]/PATH`, `https://…`; without a scheme it is http.
 */
import { UsageError } from '../errors/errors.ts';

export interface WebUrl {
  /** As it is asked for and shown, without a fragment. */
  readonly href: string;
  readonly isSecure: boolean;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** For the Host head: with brackets, and the port where it is not the usual one. */
  readonly authority: string;
  /** Path and query, as they stand in a request. */
  readonly target: string;
}

/**
 * @param base what a relative address is relative to
 * @throws UsageError SW_BAD_URL
 */
export function parseWebUrl(text: string, base?: WebUrl): WebUrl {
  const isBare = base === undefined && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(isBare ? `http://${text}` : text, base?.href);
  if (url === null) throw wrong(text, 'is no address of the web');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw wrong(
      text,
      `has the scheme ${url.protocol.slice(0, -1)}`,
      text.replace(/^[^:]*:(?=\/\/)/, 'http:'),
    );
  if (url.username !== '' || url.password !== '')
    throw wrong(text, 'has a user name, and get logs in nowhere');
  url.hash = '';
  const isSecure = url.protocol === 'https:';
  return {
    href: url.href,
    isSecure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    authority: url.host,
    target: url.pathname + url.search,
  };
}

function wrong(
  text: string,
  what: string,
  example: string = 'http://127.0.0.1:8080/readings.csv',
): UsageError {
  return new UsageError('SW_BAD_URL', `"${text}" ${what}: write it like ${example}`);
}

/** The name of a file to save an address under: the last one of its path. Undefined where there is none that could be. */
export function fileNameOf({ target }: WebUrl): string | undefined {
  const last = (target.split('?', 1)[0] as string).split('/').at(-1) as string;
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // Then it stays as it is written.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name of a file that a person wants has one
  if (/[\u0000-\u001f\u007f/\\]/.test(name) || ['', '.', '..'].includes(name)) return undefined;
  return name;
}
