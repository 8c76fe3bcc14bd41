-- Records of the platforms by what they share with a title of another source, and so by how sure
-- it is that they mean the same.
-- definitions: bridge_title_sources, bridge_title_sources.match_confidence
select
    source,
    coalesce(match_confidence, 'not matched') as confidence,
    count(*) as records
from :marts.bridge_title_sources
where not is_deleted
group by 1, 2
order by 1, 2
