/**
 * What somebody who reads along would look for in text: passwords and the like, then named values, then lines. Pure text in,
 * places in that text out.
 */
import type { EvidenceKind } from './safety.ts';

/** Something in a text: the characters `start` to `end` − 1 of it. */
export interface Finding {
  readonly kind: EvidenceKind;
  readonly name: string;
  /** As it stands there, or decoded where that takes a step. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Rule {
  readonly kind: EvidenceKind;
  readonly pattern: RegExp;
  /** A fixed name; otherwise the group `name`. */
  readonly name?: string;
  readonly decode?: (text: string) => string;
}

/** Most telling first. Each has the group `value`; all are linear in the text: no part can match in two ways. */
const RULES: readonly Rule[] = [
  {
    kind: 'credential',
    name: 'HTTP Basic user and password',
    pattern: /^(?:Proxy-)?Authorization: *Basic +(?<value>[A-Za-z0-9+/=]{2,200})/gim,
    decode: decodeBase64,
  },
  {
    kind: 'credential',
    name: 'HTTP authorization',
    pattern: /^(?:Proxy-)?Authorization: *(?!Basic )(?<value>[^\r\n]{1,200})/gim,
  },
  { kind: 'credential', name: 'cookie', pattern: /^(?:Set-)?Cookie: *(?<value>[^\r\n]{1,200})/gim },
  {
    kind: 'credential',
    pattern:
      /["']?\b(?<name>pass(?:word|wd|phrase)?|secret|token|api_?key|login|user(?:name)?)["']? {0,2}[=:] {0,2}["']?(?<value>[^\s"'&,;}]{1,100})/gi,
  },
  { kind: 'credential', name: 'user', pattern: /^USER +(?<value>[^\r\n]{1,100})/gm },
  { kind: 'credential', name: 'password', pattern: /^PASS +(?<value>[^\r\n]{1,100})/gm },
  {
    kind: 'value',
    pattern:
      /"(?<name>[^"\r\n]{1,40})" {0,2}: {0,2}(?<value>-?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,3})?|true|false)/g,
  },
  {
    kind: 'value',
    pattern:
      /\b(?<name>\p{L}[\p{L}\p{N}_.-]{0,30}) {0,2}[=:] {0,2}(?<value>-?\d{1,15}(?:\.\d{1,15})?(?: ?(?:°?[CF]|%|[kMm]?[VAW]|[kM]?Hz|[mkc]?m|K|m?s))?)(?![\w:]|[.]\w)/gu,
  },
];

/** Names of numbers that every head of HTTP and the like has, and that say nothing of what it is about. */
const DULL = /^(?:q|id|max|seq|port|host|length|version|timeout|max-age|keep-alive|content-length)$/i;

/** A text of this many characters is a line worth showing. */
const LEAST_LINE = 3;
/** Columns of numbers: two at least, separated by commas, semicolons, tabs or spaces. */
const NUMBERS = /^-?\d{1,15}(?:\.\d{1,15})?(?:[,;\t ]-?\d{1,15}(?:\.\d{1,15})?){1,63}$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** Finds at most `most` things, the most telling first; the same one only once. */
export function findReadable(text: string, most: number): Finding[] {
  const found: Finding[] = [];
  for (const rule of RULES) {
    for (const match of text.matchAll(rule.pattern)) {
      const finding = findingOf(rule, match);
      if (finding.kind === 'value' && DULL.test(finding.name)) continue;
      const isNew = !found.some(({ start, end }) => finding.start < end && start < finding.end);
      if (isNew) found.push(finding);
      if (found.length >= most) return found;
    }
  }
  for (const line of linesOf(text)) {
    if (found.length >= most) return found;
    if (!found.some(({ start, end }) => line.start < end && start < line.end)) found.push(line);
  }
  return found;
}

function findingOf({ kind, name, decode }: Rule, match: RegExpMatchArray): Finding {
  const value = match.groups?.['value'] ?? '';
  const start = (match.index ?? 0) + match[0].lastIndexOf(value);
  return {
    kind,
    name: name ?? match.groups?.['name'] ?? '',
    text: decode?.(value) ?? value,
    start,
    end: start + value.length,
  };
}

function linesOf(text: string): Finding[] {
  const lines: Finding[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const trimmed = line.trim();
    const isNumber = NUMBER.test(trimmed);
    if (trimmed.length < LEAST_LINE && !isNumber) continue;
    const name = isNumber ? 'number' : NUMBERS.test(trimmed) ? 'numbers' : 'text';
    const start = index + line.indexOf(trimmed);
    lines.push({
      kind: name === 'text' ? 'text' : 'value',
      name,
      text: trimmed,
      start,
      end: start + trimmed.length,
    });
  }
  return lines;
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return text;
  }
}
