/**
 * A push reader of comma-separated values, RFC 4180: fields in double quotes may hold commas, line breaks and
 * doubled quotes; lines end with LF or CRLF. Laxer than the RFC where files are: a quote inside a field that
 * does not begin with one is itself, and text after a closing quote belongs to the field.
 *
 * Holds one record of at most `MAX_RECORD_CHARACTERS`.
 */
import { SensorError } from '../errors/errors.ts';

/** A quote that is never closed must not swallow a file of gigabytes. */
const MAX_RECORD_CHARACTERS = 2 ** 20;

/** Text to records, whatever the pieces in which it comes. */
export class CsvReader {
  #fields: string[] = [];
  #field = '';
  #recordCharacters = 0;
  /** How much of the field came from quotes: a CR in there belongs to it. */
  #quotedCharacters = 0;
  #inQuotes = false;
  /** A quote within quotes: the next character tells whether it was doubled or closed. */
  #quoteSeen = false;
  #records = 0;

  /** The records that end in this piece. @throws SensorError SW_SENSOR_FAILED for a record above the limit. */
  push(text: string): string[][] {
    const records: string[][] = [];
    // Runs of plain characters are cut in one piece: files are mostly that.
    const special = /["\n,]/g;
    let from = 0;
    while (from < text.length) {
      if (this.#quoteSeen) {
        this.#quoteSeen = false;
        if (text[from] === '"') {
          this.#append('"');
          from++;
          continue;
        }
        this.#inQuotes = false;
        this.#quotedCharacters = this.#field.length;
      }
      special.lastIndex = from;
      const at = this.#inQuotes ? text.indexOf('"', from) : (special.exec(text)?.index ?? -1);
      const end = at === -1 ? text.length : at;
      this.#append(text.slice(from, end));
      from = end + 1;
      if (at === -1) break;
      if (text[at] === ',') this.#endField();
      else if (text[at] === '\n') records.push(this.#endRecord());
      else if (this.#inQuotes) this.#quoteSeen = true;
      else if (this.#field === '') this.#inQuotes = true;
      else this.#append('"');
    }
    return records;
  }

  /** The last record where the file does not end with a line break. */
  end(): string[][] {
    return this.#field !== '' || this.#fields.length > 0 ? [this.#endRecord()] : [];
  }

  #append(text: string): void {
    this.#recordCharacters += text.length;
    if (this.#recordCharacters > MAX_RECORD_CHARACTERS) {
      const message = `record ${this.#records + 1} has more than ${MAX_RECORD_CHARACTERS} characters: is a quote open?`;
      throw new SensorError('SW_SENSOR_FAILED', message);
    }
    this.#field += text;
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#quotedCharacters = 0;
    this.#recordCharacters++;
  }

  #endRecord(): string[] {
    if (this.#field.endsWith('\r') && this.#field.length > this.#quotedCharacters)
      this.#field = this.#field.slice(0, -1);
    this.#endField();
    const record = this.#fields;
    this.#fields = [];
    this.#recordCharacters = 0;
    this.#inQuotes = false;
    this.#records++;
    return record;
  }
}
