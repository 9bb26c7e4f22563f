import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Content, escapeText, html, trusted, visible } from './markup.ts';

describe('markup', () => {
  it('escapes what a template is given, in text and in attributes', () => {
    const evil = `"><img src=x onerror='alert(1)'>&`;
    expect(html`<p title="${evil}">${evil}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;">&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;</p>',
    );
  });

  it('takes markup, lists and nothing as they are', () => {
    const items: Content[] = ['a<b', 2, null, undefined, false, trusted('<br>')];
    expect(html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`.toString()).toBe(
      '<ul><li>a&lt;b</li><li>2</li><li></li><li></li><li></li><li><br></li></ul>',
    );
  });

  it('makes visible what cannot be seen or turns text around', () => {
    expect(visible('a\u0000b\nc\u001bd\u007f')).toBe('a␀b␊c␛d␡');
    expect(visible('exe.\u202egnp\u0085\ufeff')).toBe('exe.\ufffdgnp\ufffd\ufffd');
    expect(visible('\ud83d\ude00 \ud83d \ude00')).toBe('\ud83d\ude00 \ufffd \ufffd');
  });

  it('leaves nothing of any text that could end an element or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(escaped.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
        expect(visible(text).isWellFormed()).toBe(true);
      }),
    );
  });
});
