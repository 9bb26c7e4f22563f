/**
 * What the first bytes of a file say that it is: how it is compressed, and what someone gave who thought it was a capture.
 */

export type Compression = 'none' | 'gzip' | 'zstd';

/** So many bytes are looked at. */
export const KIND_BYTES = 512;
/** The longest magic number of a compression. */
export const MAGIC_BYTES = 4;

const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Other formats by how they begin: captures of other programs, archives, and what is often lying beside. */
const KINDS: readonly (readonly [readonly number[] | string, string])[] = [
  ['snoop\0\0\0', "a capture of Solaris's snoop"],
  ['RTSS', 'a capture of Microsoft Network Monitor'],
  ['GMBU', 'a capture of Microsoft Network Monitor'],
  ['TRSNIFF data    \x1a', 'a capture of Sniffer'],
  ['XCP\0', 'a capture of NetXRay'],
  ['\x0a\x0d\x0d\x0a', 'a pcapng file with a damaged header'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz file (unpack it first: xz -d)'],
  ['BZh', 'a bzip2 file (unpack it first: bunzip2)'],
  [[0x04, 0x22, 0x4d, 0x18], 'an lz4 file (unpack it first: lz4 -d)'],
  ['PK\x03\x04', 'a ZIP archive (unpack it first)'],
  ['7z\xbc\xaf', 'a 7-Zip archive (unpack it first)'],
  ['\x7fELF', 'a program'],
  ['\x89PNG', 'an image'],
  ['%PDF', 'a PDF file'],
  ['SQLite format 3\0', 'an SQLite database'],
];
const TAR_AT = 257;

export function compressionOf(first: Uint8Array): Compression {
  if (startsWith(first, GZIP_MAGIC)) return 'gzip';
  return startsWith(first, ZSTD_MAGIC) ? 'zstd' : 'none';
}

/** What bytes that are no capture look like: `HTML`, `text`, or `binary data`. */
export function lookLike(first: Uint8Array): string {
  const known = KINDS.find(([magic]) => startsWith(first, magic));
  if (known !== undefined) return known[1];
  if (startsWith(first.subarray(TAR_AT), 'ustar')) return 'a tar archive (unpack it first)';
  const text = textOf(first);
  if (text === undefined) return 'binary data';
  const start = text.trimStart();
  if (/^(<!doctype html|<html)/i.test(start)) return 'HTML';
  if (start.startsWith('<')) return 'XML';
  if (/^[[{]/.test(start)) return 'JSON';
  return /^[0-9a-f]{4,8}:?\s+([0-9a-f]{2,4}\s+){3}/im.test(start) ? 'a hex dump' : 'text';
}

function startsWith(bytes: Uint8Array, magic: readonly number[] | string): boolean {
  const wanted = typeof magic === 'string' ? Array.from(magic, letter => letter.charCodeAt(0)) : magic;
  return wanted.every((byte, index) => bytes[index] === byte);
}

/** The bytes as text, or undefined where they are none; the last letter may be cut. */
function textOf(bytes: Uint8Array): string | undefined {
  const isBinary = bytes.some(
    byte => (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f,
  );
  if (isBinary) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
