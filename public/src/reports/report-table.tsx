/** A table of a report: sorted by its heads, in the plugin's order until one is pressed. */
import { useId } from 'react';
import { reportTexts } from '../text/reports';
import { sorted, SortHead, useSorting } from '../ui/sort';
import { valueText, type Cell, type ReportTable } from './report';

const AS_GIVEN = '';

const cellText = (value: Cell, unit: string) =>
  value === null ? '' : valueText({ label: '', value, unit });

export function ReportTableView({ table }: { table: ReportTable }) {
  const id = useId();
  const { sorting, onSort } = useSorting<string>(AS_GIVEN);
  const isNumber = table.columns.map((_, i) => table.rows.some((r) => typeof r[i] === 'number'));
  const rows =
    sorting.by === AS_GIVEN
      ? table.rows
      : sorted(table.rows, (r) => r[Number(sorting.by)], sorting);
  return (
    <div className="report-table">
      <h3 id={id}>{table.title}</h3>
      <div className="report-table-place" role="region" aria-labelledby={id} tabIndex={0}>
        <table className="table" aria-labelledby={id}>
          <thead>
            <tr>
              {table.columns.map((c, i) => (
                <SortHead
                  key={i}
                  by={String(i)}
                  sorting={sorting}
                  onSort={onSort}
                  className={isNumber[i] ? 'report-number' : undefined}
                >
                  {c.label}
                </SortHead>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, n) => (
              <tr key={n}>
                {row.map((value, i) => (
                  <td key={i} className={isNumber[i] ? 'report-number number' : undefined}>
                    {cellText(value, table.columns[i]!.unit)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.rows.length === 0 && <p className="soft">{reportTexts.noRows}</p>}
      {table.isCut && <p className="soft">{reportTexts.cut({ n: table.rows.length })}</p>}
    </div>
  );
}
