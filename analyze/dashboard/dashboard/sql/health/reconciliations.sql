-- The newest comparison of each table with its source: rows there, rows here, and those that
-- differ.
-- definitions: fct_reconciliations
select
    table_name,
    compared_at,
    source_rows,
    warehouse_rows,
    differences,
    status
from :marts.fct_reconciliations
qualify row_number() over (partition by table_name order by compared_at desc) = 1
order by table_name
