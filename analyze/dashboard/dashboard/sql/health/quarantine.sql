-- Rows that are kept out of the marts, by the first rule they break.
-- definitions: quarantine_counts, quarantine_counts.row_count
select
    entity,
    rejection_reason,
    sum(row_count) as row_count,
    max(loaded_on) as last_loaded_on
from :marts.quarantine_counts
group by entity, rejection_reason
order by row_count desc, entity asc, rejection_reason asc
