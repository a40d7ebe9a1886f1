/**
 * Pages: gets the text of one, gives it with a first script that stands in front of all others, and with a policy that
 * allows that script where the page names scripts by their digests. Everything else stays as it was, byte by byte.
 */
import type { DefaultTreeAdapterTypes, Token } from 'parse5';
import { parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** A replacement of a part of a text. */
interface Edit {
  start: number;
  end: number;
  text: string;
}

/** What is known of a page's scripts. */
export interface Page {
  /** Addresses of its scripts, as they are written. */
  sources: string[];
  /** The texts of its own scripts. */
  inline: string[];
  elements: Element[];
}

function* elementsOf(root: Node): Generator<Element> {
  const pending: Node[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if ('tagName' in node) yield node;
    const children =
      'content' in node ? [node.content] : 'childNodes' in node ? node.childNodes : [];
    for (let i = children.length - 1; i >= 0; i--) pending.push(children[i]!);
  }
}

const attribute = ({ attrs }: Element, name: string): string | undefined =>
  attrs.find((one) => one.name === name)?.value;

const locationOf = (element: Element): Token.ElementLocation | undefined =>
  element.sourceCodeLocation ?? undefined;

/** Reads a page. */
export function readPage(html: string): Page {
  const elements = [...elementsOf(parse(html, { sourceCodeLocationInfo: true }))];
  const page: Page = { sources: [], inline: [], elements };
  for (const element of elements) {
    if (element.tagName !== 'script') continue;
    const src = attribute(element, 'src');
    if (src !== undefined) page.sources.push(src);
    else {
      const text = element.childNodes.map((node) => ('value' in node ? node.value : '')).join('');
      page.inline.push(text);
    }
  }
  return page;
}

const isBase = (element: Element): boolean =>
  element.tagName === 'base' && attribute(element, 'href') !== undefined;

/** Where addresses of the page's own scripts begin: its `<base>`, if it has one. */
export function baseOf({ elements }: Page): string | undefined {
  const base = elements.find(isBase);
  return base && attribute(base, 'href');
}

/** The directive of a policy that decides on scripts with an address. */
const SCRIPT_DIRECTIVES = ['script-src-elem', 'script-src', 'default-src'];
const DIGEST = /^'sha(?:256|384|512)-/i;

/** A policy that allows our scripts: as it is where it does already, else with their digests. */
function allowing(
  policy: string,
  digests: readonly string[],
): { policy: string; byDigest: boolean } {
  const directives = policy.split(';').map((text) => text.trim().split(/\s+/));
  const deciding = SCRIPT_DIRECTIVES.map((name) =>
    directives.find(([found = '']) => found.toLowerCase() === name),
  ).find((directive) => directive !== undefined);
  if (deciding === undefined) return { policy, byDigest: false };
  const sources = deciding.slice(1);
  const isOpen = sources.some((source) => /^(?:'self'|\*|https?:)$/i.test(source));
  const isStrict = sources.some((source) => /^'strict-dynamic'$/i.test(source));
  // Where scripts are named by a nonce, ours has the nonce of the first one.
  const isNonce = sources.some((source) => /^'nonce-/i.test(source));
  if ((isOpen && !isStrict) || (isNonce && !sources.some((source) => DIGEST.test(source))))
    return { policy, byDigest: false };
  deciding.push(...digests.map((digest) => `'${digest}'`));
  return { policy: directives.map((parts) => parts.join(' ')).join('; '), byDigest: true };
}

const quoted = (value: string): string =>
  `"${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;

/**
 * Puts a script in front of a page's others.
 * @param src address of the script
 * @param digests of that script and of those that it loads, as policies name them; the first is its own
 * @returns undefined for a page without scripts
 */
export function withFirstScript(
  html: string,
  page: Page,
  src: string,
  digests: readonly string[],
): string | undefined {
  const scripts = page.elements.filter(
    (element) => element.tagName === 'script' && locationOf(element) !== undefined,
  );
  const first = scripts[0];
  if (first === undefined) return undefined;
  const edits: Edit[] = [];
  let byDigest = false;
  for (const element of page.elements) {
    const kind = attribute(element, 'http-equiv')?.toLowerCase();
    const content = attribute(element, 'content');
    const place = locationOf(element)?.attrs?.['content'];
    if (element.tagName !== 'meta' || kind !== 'content-security-policy') continue;
    if (content === undefined || place === undefined) continue;
    const allowed = allowing(content, digests);
    byDigest ||= allowed.byDigest;
    if (allowed.policy !== content)
      edits.push({
        start: place.startOffset,
        end: place.endOffset,
        text: `content=${quoted(allowed.policy)}`,
      });
  }
  const nonce = attribute(first, 'nonce');
  const attributes = [
    `src=${quoted(src)}`,
    ...(nonce === undefined ? [] : [`nonce=${quoted(nonce)}`]),
    ...(byDigest ? [`integrity=${quoted(digests[0]!)}`] : []),
  ];
  // In front of a `<base>`, which may name another server: so the address is relative to the page itself.
  const base = page.elements.find((element) => isBase(element) && locationOf(element));
  const start = Math.min(...[first, base ?? first].map((one) => locationOf(one)!.startOffset));
  edits.push({ start, end: start, text: `<script ${attributes.join(' ')}></script>` });
  return edited(html, edits);
}

/** A text with parts replaced. */
function edited(text: string, edits: readonly Edit[]): string {
  const order = [...edits].sort((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  for (const { start, end, text: replacement } of order) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}
