/** The first bytes of a payload, for a line that has room for little. */

/** What fits beside an arrow. */
const PREVIEW_CHARACTERS = 16;
const PREVIEW_BYTES = 6;

/** As text, or as hexadecimal where it is none. @param payload how long it is */
export function previewOf(bytes: Uint8Array, payload: number): string {
  const isText = bytes.every(
    byte => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09,
  );
  const shown = bytes.subarray(0, isText ? PREVIEW_CHARACTERS : PREVIEW_BYTES);
  const end = payload > shown.length ? '…' : '';
  if (!isText) return `${Array.from(shown, byte => byte.toString(16).padStart(2, '0')).join(' ')}${end}`;
  const text = Array.from(shown, byte => VISIBLE.get(byte) ?? String.fromCharCode(byte)).join('');
  return `“${text}${end}”`;
}

const VISIBLE: ReadonlyMap<number, string> = new Map([
  [0x09, '→'],
  [0x0a, '↵'],
  [0x0d, '␍'],
]);
