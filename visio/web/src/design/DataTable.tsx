import { ChevronDown, ChevronsUpDown, ChevronUp } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import "./DataTable.css";

export interface Column<Row> {
  id: string;
  title: string;
  /** Left out where there is little room. */
  minor?: boolean;
  /** The name by which the server sorts; without it the column is not sorted. */
  sort?: string;
  show: (row: Row) => ReactNode;
}

export interface Order {
  sort: string;
  order: "ascending" | "descending";
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  order: Order;
  onOrder: (order: Order) => void;
}

/** Rows of which the first column is the heading; its columns are sorted by pressing theirs. */
export function DataTable<Row>({ label, columns, rows, keyOf, order, onOrder }: Props<Row>) {
  return (
    <div className="card data-table">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.id} scope="row">
                    {column.show(row)}
                  </th>
                ) : (
                  <td key={column.id} className={column.minor ? "minor" : undefined}>
                    {column.show(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<Row> {
  column: Column<Row>;
  order: Order;
  onOrder: (order: Order) => void;
}

function Head<Row>({ column: { title, minor, sort }, order, onOrder }: HeadProps<Row>) {
  const className = minor ? "minor" : undefined;
  if (!sort) {
    return (
      <th scope="col" className={className}>
        {title}
      </th>
    );
  }
  const mine = order.sort === sort;
  const turned = mine && order.order === "ascending" ? "descending" : "ascending";
  const Icon = mine ? (order.order === "ascending" ? ChevronUp : ChevronDown) : ChevronsUpDown;
  return (
    <th scope="col" className={className} aria-sort={mine ? order.order : "none"}>
      <Button className="sort-button" onPress={() => onOrder({ sort, order: turned })}>
        {title}
        <Icon aria-hidden="true" />
      </Button>
    </th>
  );
}
