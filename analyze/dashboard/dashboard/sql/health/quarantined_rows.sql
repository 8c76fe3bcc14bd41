-- The rows of a rule, the newest first, with what broke it.
-- definitions: quarantined_rows
select
    row_key,
    loaded_at,
    to_varchar(evidence) as evidence
from :marts.quarantined_rows
where entity = :entity and rejection_reason = :reason
order by loaded_at desc, row_key asc
limit 100
