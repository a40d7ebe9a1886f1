/**
 * S-expressions of `.wast` scripts: parentheses, strings with escapes, comments and annotations.
 * Only scripts are read from these nodes; the text of a module is passed on to the assembler.
 */

/** A list `( … )`. */
export interface ListNode {
  kind: 'list';
  items: Node[];
  start: number;
  end: number;
}
/** A keyword, identifier or number. */
export interface AtomNode {
  kind: 'atom';
  text: string;
  start: number;
  end: number;
}
/** A string, with its escapes resolved to bytes. */
export interface StringNode {
  kind: 'string';
  bytes: Uint8Array;
  start: number;
  end: number;
}
export type Node = ListNode | AtomNode | StringNode;

/** The script is not a sequence of s-expressions. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

const TOKEN_END = new Set([' ', '\t', '\n', '\r', '(', ')', ';', '"', ',', '[', ']', '{', '}']);
const encoder = new TextEncoder();
const ESCAPES: Record<string, number> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 };

/** Reads all top-level s-expressions of a script; annotations `(@id …)` are left out. */
export function scan(source: string): Node[] {
  return new Scanner(source).all();
}

/** Gives the line number (from 1) of each offset of a text; offsets must not decrease. */
export function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (; at < offset; at++) if (source.charCodeAt(at) === 10) line++;
    return line;
  };
}

class Scanner {
  private at = 0;
  constructor(private readonly source: string) {}

  all(): Node[] {
    const root: Node[] = [];
    const open: { list: ListNode; annotation: boolean }[] = [];
    for (;;) {
      this.skipSpace();
      if (this.at >= this.source.length) break;
      const into = open.at(-1)?.list.items ?? root;
      const c = this.source[this.at];
      if (c === '(') {
        const annotation = this.source[this.at + 1] === '@';
        const list: ListNode = { kind: 'list', items: [], start: this.at, end: -1 };
        this.at += annotation ? 2 : 1;
        if (!annotation) into.push(list);
        open.push({ list, annotation });
      } else if (c === ')') {
        const closed = open.pop();
        if (!closed) throw this.error('unbalanced )');
        closed.list.end = ++this.at;
      } else if (c === '"') into.push(this.string());
      else into.push(this.atom());
    }
    if (open.length) throw this.error(`unclosed ( at offset ${open[0]!.list.start}`);
    return root;
  }

  private error(message: string): ScriptError {
    return new ScriptError(`${message} (line ${lineCounter(this.source)(this.at)})`);
  }

  private skipSpace(): void {
    const { source } = this;
    for (;;) {
      const c = source[this.at];
      if (c === ' ' || c === '\n' || c === '\t' || c === '\r') this.at++;
      else if (c === ';' && source[this.at + 1] === ';') this.skipLine();
      else if (c === '(' && source[this.at + 1] === ';') this.skipBlockComment();
      else return;
    }
  }

  private skipLine(): void {
    const { source } = this;
    while (this.at < source.length && source[this.at] !== '\n' && source[this.at] !== '\r') {
      this.at++;
    }
  }

  private skipBlockComment(): void {
    const { source } = this;
    let depth = 0;
    do {
      if (source.startsWith('(;', this.at)) {
        depth++;
        this.at += 2;
      } else if (source.startsWith(';)', this.at)) {
        depth--;
        this.at += 2;
      } else if (this.at++ >= source.length) throw this.error('unclosed block comment');
    } while (depth > 0);
  }

  private atom(): AtomNode {
    const start = this.at++;
    while (this.at < this.source.length && !TOKEN_END.has(this.source[this.at]!)) this.at++;
    return { kind: 'atom', text: this.source.slice(start, this.at), start, end: this.at };
  }

  private string(): StringNode {
    const start = this.at++;
    const { source } = this;
    const bytes: number[] = [];
    for (;;) {
      const code = source.codePointAt(this.at);
      if (code === undefined || code === 10) throw this.error('unclosed string');
      if (code === 34) break;
      if (code === 92) this.escape(bytes);
      else {
        const char = String.fromCodePoint(code);
        bytes.push(...encoder.encode(char));
        this.at += char.length;
      }
    }
    this.at++;
    return { kind: 'string', bytes: Uint8Array.from(bytes), start, end: this.at };
  }

  private escape(bytes: number[]): void {
    const { source } = this;
    const c = source[this.at + 1] ?? '';
    const simple = ESCAPES[c];
    if (simple !== undefined) {
      bytes.push(simple);
      this.at += 2;
    } else if (c === 'u') {
      const match = /^\\u\{([0-9a-fA-F_]+)\}/.exec(source.slice(this.at, this.at + 40));
      if (!match) throw this.error('bad unicode escape');
      bytes.push(
        ...encoder.encode(String.fromCodePoint(Number.parseInt(match[1]!.replaceAll('_', ''), 16))),
      );
      this.at += match[0].length;
    } else {
      const hex = source.slice(this.at + 1, this.at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw this.error('bad escape');
      bytes.push(Number.parseInt(hex, 16));
      this.at += 3;
    }
  }
}
