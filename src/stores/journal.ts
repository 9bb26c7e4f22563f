/**
 * The journal beside a file of lines: which bytes of the file count, and what each session has reached.
 *
 * One record a line, `CRC JSON`, the CRC-32 of the JSON in 8 hexadecimal digits. The first record is a `base`,
 * each commit adds a `commit`, a proper close adds `clean`:
 *
 *     1c291ca3 {"base":5120,"sessions":{"0f…":300}}
 *     77073096 {"from":5120,"to":5632,"crc":2768625435,"sessions":{"0f…":400}}
 *     ee0e612c {"clean":5632}
 *
 * A commit is acknowledged only when its bytes and its record are on the disk, and no commit begins before
 * that, so only the last record can stand for bytes that are not there: it counts if their CRC matches.
 */
import { crc32 } from 'node:zlib';
import { StoreError } from '../errors/errors.ts';

/** Where the file ended, and what sessions had reached, when the journal was begun. */
export interface BaseRecord {
  readonly base: number;
  readonly sessions: Readonly<Record<string, number>>;
}

/** Bytes `from` (included) to `to` (excluded) were written, and moved these sessions. */
export interface CommitRecord {
  readonly from: number;
  readonly to: number;
  readonly crc: number;
  readonly sessions: Readonly<Record<string, number>>;
}

/** The file was closed with this length. */
export interface CleanRecord {
  readonly clean: number;
}

export type JournalRecord = BaseRecord | CommitRecord | CleanRecord;

/** A record as a line. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** What a journal says. */
export interface JournalState {
  readonly base: BaseRecord;
  readonly commits: readonly CommitRecord[];
  readonly isClean: boolean;
}

/**
 * Reads a journal up to the first record that is not whole, which is what a crash leaves at the end.
 * @throws StoreError SW_STORE_DAMAGED where not even the first record is whole
 */
export function decodeJournal(text: string, path: string): JournalState {
  const [base, ...others] = wholeRecords(text);
  if (base === undefined || !('base' in base)) {
    throw new StoreError(
      'SW_STORE_DAMAGED',
      `the journal ${path} is damaged: delete it to go on after the last line of its file; what senders repeat may then be there twice`,
    );
  }
  const commits = others.filter(record => 'from' in record);
  const last = others.at(-1);
  return { base, commits, isClean: last !== undefined && 'clean' in last };
}

function wholeRecords(text: string): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (const line of text.split('\n')) {
    const json = line.slice(9);
    if (!/^[0-9a-f]{8} /.test(line) || Number.parseInt(line, 16) !== crc32(json)) break;
    records.push(JSON.parse(json) as JournalRecord);
  }
  return records;
}
