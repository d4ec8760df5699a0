import type { TextCollector } from './text';

/** Puts paragraphs and tables together while a document streams by. A row of a table becomes a line with tabs. */
export class Paragraphs {
  private readonly tables: { row: string[]; cell: string }[] = [];
  private line = '';

  constructor(private readonly collector: TextCollector) {}

  get full(): boolean {
    return this.collector.full;
  }

  text(text: string): void {
    this.line += text;
    // A paragraph without an end must not grow past what is kept of it.
    if (this.line.length > 65_536) this.flush('');
  }

  endParagraph(): void {
    this.flush('\n');
  }

  blankLine(): void {
    this.flush('\n');
  }

  openCell(): void {
    this.tables.push({ row: this.tables.at(-1)?.row ?? [], cell: '' });
  }

  openRow(): void {
    this.tables.push({ row: [], cell: '' });
  }

  closeCell(): void {
    if (this.line) this.endParagraph();
    const cell = this.tables.pop();
    if (cell) cell.row.push(cell.cell.replace(/\s+$/, ''));
  }

  closeRow(): void {
    const row = this.tables.pop()?.row ?? [];
    // Cells of several lines are a layout, not a table: each is read on its own.
    const separator = row.some((cell) => cell.includes('\n')) ? '\n' : '\t';
    this.put(`${row.filter((cell) => separator === '\t' || cell).join(separator)}\n`);
  }

  private flush(end: string): void {
    const text = this.line + end;
    this.line = '';
    this.put(text);
  }

  private put(text: string): void {
    const table = this.tables.at(-1);
    if (!table) this.collector.add(text);
    else if (table.cell.length < 1_000_000) table.cell += text;
  }
}
