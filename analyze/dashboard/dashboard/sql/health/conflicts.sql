-- Where records of titles contradict each other.
-- definitions: title_match_conflicts, title_match_conflicts.conflict_kind
select
    conflict_kind,
    count(*) as conflicts
from :marts.title_match_conflicts
group by conflict_kind
order by conflicts desc, conflict_kind asc
