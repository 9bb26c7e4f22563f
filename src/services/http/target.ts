/**
 * Request targets (RFC 9112 section 3.2) as names of a path below the served folder.
 *
 * Decoded once, name by name: what decodes to a slash, a backslash, a zero byte, `.` or `..` is refused and never becomes
 * part of a path. Names that begin with a dot are not served (`.git`, `.env`, `.htpasswd`), but for `.well-known` (RFC 8615).
 */
import { HttpProblem } from './http-problem.ts';
import { MOST_TARGET_BYTES } from './limits.ts';

export interface Target {
  /** Decoded; none for the served folder itself. */
  readonly names: readonly string[];
  /** Ends with a slash, as addresses of folders do. */
  readonly isFolder: boolean;
  /** With its `?`; empty where there is none. */
  readonly query: string;
}

/**
 * @param text as it stands in the request, a character for each byte: `/path?query`, or `http://host/path?query`
 * @throws HttpProblem 400, 404, 414
 */
export function parseTarget(text: string): Target {
  if (text.length > MOST_TARGET_BYTES) {
    throw new HttpProblem(414, `this address has ${text.length} bytes, and ${MOST_TARGET_BYTES} are taken`);
  }
  const origin = /^http:\/\/[^/?#]*/i.exec(text)?.[0] ?? '';
  const [, path, query = ''] = /^([^?#]*)(\?[^#]*)?$/.exec(text.slice(origin.length)) ?? [];
  if (path === undefined || !(path.startsWith('/') || (path === '' && origin !== ''))) {
    throw new HttpProblem(400, 'a request asks for a path that begins with a slash');
  }
  // Slashes in a row are one, as in the file system.
  const names = path.split('/').filter(name => name !== '');
  return { names: names.map(decodeName), isFolder: path === '' || path.endsWith('/'), query };
}

function decodeName(text: string): string {
  const name = decode(text);
  if (name === '.' || name === '..')
    throw new HttpProblem(400, 'an address with . or .. in it is not served');
  if (/[\0\\]/.test(name))
    throw new HttpProblem(400, 'an address with a zero byte or a backslash is not served');
  if (name.includes('/')) throw new HttpProblem(404, 'no file has a slash in its name');
  if (isHidden(name)) throw new HttpProblem(404, 'there is nothing here');
  return name;
}

/** Percent-encoding and raw bytes alike, as UTF-8. */
function decode(text: string): string {
  const encoded = text.replace(/[\u0080-\u00ff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`);
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new HttpProblem(400, 'this address is not percent-encoded UTF-8');
  }
}

/** Whether a name is neither served nor listed. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') && name !== '.well-known';
}

/** The path of names, percent-encoded: it begins with one slash, and so never names another host. */
export function formatPath(names: readonly string[], isFolder: boolean): string {
  const path = names.map(name => `/${encodeURIComponent(name)}`).join('');
  return isFolder ? `${path}/` : path;
}
