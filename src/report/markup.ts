/**
 * HTML as strings that cannot be mistaken for text: `html` escapes every value that is not markup itself, so that what a capture
 * says stays text wherever it is shown.
 *
 * Attributes in templates are always quoted. Styles and scripts never hold values from a capture.
 */

/** Text that is HTML. Made by `html` and `trusted` only. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: text and numbers are escaped, lists joined, nothing left out. */
export type Content = Markup | string | number | false | null | undefined | readonly Content[];

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] as string;
  values.forEach((value, index) => {
    text += contentText(value) + (strings[index + 1] as string);
  });
  return new Markup(text);
}

/** Text of our own that is HTML, as it is: never what comes from a capture. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function contentText(value: Content): string {
  if (value === false || value === null || value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(contentText).join('');
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For element content and quoted attributes. */
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, character => ENTITIES[character] as string);
}

/**
 * What cannot be seen, or changes how the text around it is shown, made visible: C0 as control pictures; the rest, marks of
 * writing direction and halves of surrogate pairs as the replacement character.
 */
export function visible(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
      .replace(/[\u0000-\u001f\u007f]/g, character =>
        character === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + character.charCodeAt(0)),
      )
      .replace(/[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g, '\ufffd')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
  );
}
