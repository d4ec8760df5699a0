/** As much XML as S3 speaks: elements and text. Attributes are skipped, document types refused. */
import { AwsError } from '../errors';

export type XmlValue = string | number | boolean | undefined | XmlElement[] | XmlElement;
/** Several children of one name are an array; undefined children are left out. */
export interface XmlElement {
  readonly [name: string]: XmlValue | readonly XmlValue[];
}

// Control characters are illegal in XML 1.0 even escaped, but keys may hold them: S3 writes references all the same.
const escapeText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be escaped
  text.replace(/[<>&"\u0000-\u0008\u000b-\u001f]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`);

function write(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => write(name, item)).join('');
  if (typeof value === 'object' && value !== null) {
    const children = Object.entries(value).map(([child, inner]) => write(child, inner));
    return `<${name}>${children.join('')}</${name}>`;
  }
  return `<${name}>${escapeText(String(value))}</${name}>`;
}

export function xmlDocument(root: string, content: XmlElement, namespace?: string): string {
  const body = write(root, content);
  const open = namespace ? body.replace(`<${root}>`, `<${root} xmlns="${namespace}">`) : body;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}`;
}

/** A result document of S3, which SDKs read by its namespace. */
export const s3Document = (root: string, content: XmlElement): string =>
  xmlDocument(root, content, 'http://s3.amazonaws.com/doc/2006-03-01/');

export class XmlNode {
  readonly children: XmlNode[] = [];
  text = '';

  constructor(readonly name: string) {}

  all(name: string): XmlNode[] {
    return this.children.filter((child) => child.name === name);
  }

  /** Text of the only child of that name. */
  value(name: string): string | undefined {
    return this.all(name)[0]?.text;
  }
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeText(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#')) {
      const point = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }
    return ENTITIES[name] ?? whole;
  });
}

const malformed = () =>
  new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

export function parseXml(source: string): XmlNode {
  const tokens =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([\w:.-]+)([^<>]*?)(\/?)>|([^<]+)/gy;
  const top = new XmlNode('');
  const open = [top];
  let end = 0;
  for (let token = tokens.exec(source); token; token = tokens.exec(source)) {
    end = tokens.lastIndex;
    const [, cdata, closing, name, , selfClosing, text] = token;
    const current = open[open.length - 1] as XmlNode;
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += unescapeText(text);
    else if (name !== undefined && closing) {
      if (current.name !== name || open.length === 1) throw malformed();
      open.pop();
    } else if (name !== undefined) {
      const node = new XmlNode(name);
      current.children.push(node);
      if (!selfClosing) open.push(node);
    }
  }
  const [root] = top.children;
  if (end !== source.length || open.length !== 1 || top.children.length !== 1 || !root) throw malformed();
  return root;
}
