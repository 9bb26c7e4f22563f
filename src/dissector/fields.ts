/**
 * What a row of the field tables is: one value that Wireshark shows, filters for and exports.
 *
 * Names are a promise to whoever writes filters and scripts: docs/DISSECTOR.md lists them, and a test compares.
 */

/** Types of Wireshark's fields that we use, named as its Lua functions of `ProtoField` are. */
export type FieldType =
  | 'none'
  | 'bool'
  | 'uint8'
  | 'uint24'
  | 'uint32'
  | 'uint64'
  | 'int64'
  | 'double'
  | 'string'
  | 'bytes'
  | 'absolute_time'
  | 'relative_time'
  | 'framenum';

/** Numbers and what they stand for; a key is a number, or the first and last one of a range, as `64-127`. */
export type ValueNames = Readonly<Record<string, string>>;

export interface Field {
  /** The filter's name without the protocol in front. */
  readonly name: string;
  /** What stands in the tree. */
  readonly label: string;
  readonly type: FieldType;
  /** For people who look at it: in hexadecimal. */
  readonly hex?: boolean;
  /** A part of a byte: these bits. */
  readonly mask?: number;
  readonly values?: ValueNames;
  /** The unit, after a space. */
  readonly unit?: string;
  /** Not in the packet: worked out from it and from those before. Shown in brackets. */
  readonly generated?: boolean;
  /** One sentence for docs/DISSECTOR.md and for Wireshark's status line. */
  readonly about: string;
}

/** Something that Wireshark's expert information lists. */
export interface Expert {
  readonly name: string;
  readonly label: string;
  readonly group: 'MALFORMED' | 'PROTOCOL' | 'RESPONSE_CODE' | 'SEQUENCE' | 'UNDECODED';
  readonly severity: 'ERROR' | 'WARN' | 'NOTE' | 'CHAT';
  readonly about: string;
}

/** One protocol as Wireshark knows it. */
export interface Protocol {
  /** Begins the name of each field. */
  readonly name: string;
  readonly title: string;
  readonly fields: readonly Field[];
  readonly experts: readonly Expert[];
}

/** `clockRequest` as `CLOCK-REQUEST` or `CLOCK_REQUEST`: how the documents write the names of our constants. */
export function spelled(name: string, joint: '-' | '_'): string {
  return name.replace(/[A-Z]/g, letter => `${joint}${letter}`).toUpperCase();
}

/** A table of constants as what its numbers stand for. */
export function namesOf(constants: Readonly<Record<string, number>>, joint: '-' | '_'): ValueNames {
  return Object.fromEntries(Object.entries(constants).map(([name, value]) => [value, spelled(name, joint)]));
}

/** A table of constants as what each of them means. */
export function named<Name extends string>(
  constants: Readonly<Record<Name, number>>,
  meanings: Readonly<Record<Name, string>>,
): ValueNames {
  return Object.fromEntries(
    (Object.keys(constants) as Name[]).map(name => [constants[name], meanings[name]]),
  );
}
