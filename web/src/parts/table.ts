// How rows are put in order.

/** A column of a table. */
export interface Column<Row> {
  key: string;
  label: string;
  /** What it is sorted by; nothing known stands last, whichever way. */
  value: (row: Row) => string | number | null;
  number?: boolean;
  wide?: boolean;
}

/** The rows in order; what is equal keeps the order of its names. */
export function sorted<Row>(
  rows: Row[], by: Column<Row>, down: boolean, name: (row: Row) => string, language: string,
): Row[] {
  const compare = new Intl.Collator(language, { numeric: true }).compare;
  return [...rows].sort((a, b) => {
    const [x, y] = [by.value(a), by.value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || compare(name(a), name(b));
    const way = typeof x === "number" && typeof y === "number" ? x - y : compare(String(x), String(y));
    return (down ? -way : way) || compare(name(a), name(b));
  });
}
