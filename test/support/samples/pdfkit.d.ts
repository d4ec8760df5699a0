/** What the samples use of a library that ships without types. */
declare module 'pdfkit' {
  import type { Readable } from 'node:stream';

  interface TextOptions {
    readonly width?: number;
    readonly align?: 'justify';
    readonly lineBreak?: boolean;
  }

  export default class PDFDocument extends Readable {
    constructor(options?: {
      readonly margin?: number;
      readonly size?: string;
      readonly layout?: 'landscape';
      readonly info?: { readonly Title?: string; readonly Author?: string };
      readonly userPassword?: string;
      readonly ownerPassword?: string;
      readonly pdfVersion?: string;
    });
    readonly page: {
      readonly height: number;
      readonly dictionary: { readonly data: Record<string, unknown> };
    };
    readonly y: number;
    font(source: string): this;
    fontSize(points: number): this;
    text(text: string, options?: TextOptions): this;
    text(text: string, x: number, y: number, options?: TextOptions): this;
    list(items: string[]): this;
    moveDown(lines?: number): this;
    addPage(): this;
    rect(x: number, y: number, width: number, height: number): this;
    fill(colour: string): this;
    fillOpacity(opacity: number): this;
    moveTo(x: number, y: number): this;
    lineTo(x: number, y: number): this;
    stroke(): this;
    save(): this;
    restore(): this;
    rotate(degrees: number, options: { readonly origin: readonly [number, number] }): this;
    image(
      source: Buffer,
      x: number,
      y: number,
      size: { readonly width: number; readonly height: number },
    ): this;
    end(): void;
  }
}
